#include "values/json_integer.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;

// Lifts the limit for its life. Interpreters without a limit have nothing to lift.
class DigitsLimitLifted {
 public:
  DigitsLimitLifted() {
    const py::module_ sys = py::module_::import("sys");
    if (!py::hasattr(sys, "set_int_max_str_digits")) return;
    limit_ = sys.attr("get_int_max_str_digits")();
    set_ = sys.attr("set_int_max_str_digits");
    set_(0);
  }
  DigitsLimitLifted(const DigitsLimitLifted&) = delete;
  DigitsLimitLifted& operator=(const DigitsLimitLifted&) = delete;
  // Keeps the Python error that the conversion may have set.
  ~DigitsLimitLifted() {
    if (!set_) return;
    const py::error_scope kept;
    Py_XDECREF(PyObject_CallFunctionObjArgs(set_.ptr(), limit_.ptr(), nullptr));
    PyErr_Clear();
  }

 private:
  py::object limit_;
  py::object set_;
};

// The limit shows as a ValueError; only then is it worth lifting.
bool hit_the_limit() {
  if (PyErr_ExceptionMatches(PyExc_ValueError) == 0) return false;
  PyErr_Clear();
  return true;
}

}  // namespace

py::object int_from_digits(const std::string& digits) {
  PyObject* number = PyLong_FromString(digits.c_str(), nullptr, 10);
  if (number == nullptr && hit_the_limit()) {
    const DigitsLimitLifted lifted;
    number = PyLong_FromString(digits.c_str(), nullptr, 10);
  }
  if (number == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(number);
}

py::object digits_of_int(PyObject* number) {
  const auto held = py::reinterpret_borrow<py::object>(number);  // a long conversion lets other threads run
  PyObject* digits = PyLong_Type.tp_repr(number);
  if (digits == nullptr && hit_the_limit()) {
    try {
      const DigitsLimitLifted lifted;
      digits = PyLong_Type.tp_repr(number);
    } catch (py::error_already_set& error) {
      error.restore();
    }
  }
  return py::reinterpret_steal<py::object>(digits);
}

}  // namespace provider_host::values
