import no_such_module_of_mine  # noqa: F401
