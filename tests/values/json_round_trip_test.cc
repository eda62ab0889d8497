#include <gtest/gtest.h>

#include "values/json_conversion.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;

constexpr const char* kGenerator = R"(
import random, struct

def text(r):
    kinds = [range(0x20, 0x7f), range(0x80), range(0x100), range(0x3000), range(0x1f300, 0x1f700)]
    kind = r.choice(kinds)
    return ''.join(chr(r.choice(kind)) for _ in range(r.choice([0, 1, 3, 15, 16, 17, 40, 200])))

def real(r):
    while True:
        x = r.choice([
            lambda: struct.unpack('d', r.getrandbits(64).to_bytes(8, 'little'))[0],
            lambda: r.uniform(-1, 1), lambda: float(r.randrange(10**18)), lambda: r.randrange(10**9) / 1000,
            lambda: 10.0 ** r.randrange(-320, 308)])()
        if x - x == 0: return x

def whole(r): return r.choice([1, -1]) * r.getrandbits(r.choice([1, 8, 31, 32, 62, 63, 64, 65, 200]))

def any_value(r, depth):
    if depth > 0 and r.random() < 0.4:
        n = r.choice([0, 1, 2, 5, 10])
        if r.random() < 0.5: return [any_value(r, depth - 1) for _ in range(n)]
        return {text(r): any_value(r, depth - 1) for _ in range(n)}
    return r.choice([text, real, whole, lambda r: None, lambda r: True, lambda r: False])(r)

r = random.Random(20240229)
value = [any_value(r, 6) for _ in range(COUNT)]
)";

py::list random_values(int count) { return python("COUNT = " + std::to_string(count) + kGenerator); }

TEST(JsonRoundTrip, random_values_are_written_as_pythons_json_writes_them) {
  for (const py::handle value : random_values(3000)) {
    const auto object = py::reinterpret_borrow<py::object>(value);
    ASSERT_EQ(written(object), dumps(object));
  }
}

TEST(JsonRoundTrip, random_values_come_back_the_same) {
  JsonReader reader;
  for (const py::handle value : random_values(3000)) {
    const auto object = py::reinterpret_borrow<py::object>(value);
    ASSERT_TRUE(same(read_with(reader, written(object)), object)) << written(object);
  }
}

TEST(JsonRoundTrip, random_values_are_read_from_escaped_and_indented_json) {
  const auto dump = py::module_::import("json").attr("dumps");
  JsonReader reader;
  for (const py::handle value : random_values(1000)) {
    const auto object = py::reinterpret_borrow<py::object>(value);
    const auto text = dump(object, py::arg("indent") = 2).cast<std::string>();
    ASSERT_TRUE(same(read_with(reader, text), object)) << text;
  }
}

TEST(JsonRoundTrip, random_doubles_are_written_as_repr_writes_them) {
  const py::list numbers = python("COUNT = 0" + std::string(kGenerator) + "value = [real(r) for _ in range(100000)]");
  EXPECT_EQ(written(numbers), dumps(numbers));
  EXPECT_TRUE(numbers.equal(read(written(numbers))));
}

}  // namespace
}  // namespace provider_host::values
