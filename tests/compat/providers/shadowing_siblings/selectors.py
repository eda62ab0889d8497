raise ImportError("not the module that anybody means")
