#include "values/json_number_array.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "values/json_conversion.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;
using ::testing::HasSubstr;

class NumPy : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    try {
      py::module_::import("numpy");
    } catch (py::error_already_set&) {
      GTEST_SKIP() << "NumPy is not installed";
    }
  }

  static py::object numpy(const std::string& text) { return python("import numpy as np\nvalue = " + text); }
};

TEST_P(NumPy, values_are_written_as_their_tolist) {
  EXPECT_EQ(written(numpy(GetParam())), dumps(numpy("(" + std::string(GetParam()) + ").tolist()")));
}

INSTANTIATE_TEST_SUITE_P(
    Arrays, NumPy,
    ::testing::Values("np.arange(5, dtype='float64')", "np.array([0.1, 1e16, 1e-5, -0.0])",
                      "np.array([0.1, 1/3], dtype='float32')", "np.array([0.1, 65504], dtype='float16')",
                      "np.array([-128, 127], dtype='int8')", "np.array([0, 255], dtype='uint8')",
                      "np.array([-2**15, 2**15-1], dtype='int16')", "np.array([0, 2**16-1], dtype='uint16')",
                      "np.array([-2**31, 2**31-1], dtype='int32')", "np.array([0, 2**32-1], dtype='uint32')",
                      "np.array([-2**63, 2**63-1], dtype='int64')", "np.array([0, 2**64-1], dtype='uint64')",
                      "np.array([1, 2], dtype='longlong')", "np.array([True, False])", "np.array(1.5)", "np.array(7)",
                      "np.array([])", "np.zeros((0, 3))", "np.zeros((3, 0))", "np.zeros((2, 0, 2))",
                      "np.arange(24).reshape(2, 3, 4)", "np.arange(24).reshape(2, 3, 4).T", "np.arange(10.0)[::-2]",
                      "np.arange(24.0).reshape(4, 6)[1:3, ::2]", "np.asfortranarray(np.arange(6).reshape(2, 3))",
                      "np.broadcast_to(np.arange(3), (2, 3))", "np.arange(3, dtype='>i4')", "np.arange(3, dtype='>f8')",
                      "np.array(['a', 'é'])", "np.array([1, 'a', None, [2]], dtype=object)",
                      "np.ma.array([1, 2, 3], mask=[0, 1, 0])", "np.matrix([[1, 2], [3, 4]])", "np.zeros((1,) * 30)",
                      "np.array([(1, 2.5)], dtype=[('a', 'i4'), ('b', 'f8')])"));

INSTANTIATE_TEST_SUITE_P(Scalars, NumPy,
                         ::testing::Values("np.float64(0.1)", "np.float32(0.1)", "np.float16(0.1)", "np.int8(-5)",
                                           "np.uint64(2**64-1)", "np.bool_(True)", "np.str_('é')", "np.int64(7)"));

TEST_F(NumPy, arrays_stand_inside_other_values) {
  EXPECT_EQ(written(numpy("{'embedding': np.array([[1, 2]]), 'n': np.int64(3)}")), R"({"embedding":[[1,2]],"n":3})");
}

TEST_F(NumPy, dates_are_iso_texts) {
  EXPECT_EQ(written(numpy("[np.datetime64('2024-01-02'), np.datetime64('2024-01-02T03:04:05.000000006')]")),
            R"(["2024-01-02","2024-01-02T03:04:05.000000006"])");
  EXPECT_EQ(written(numpy("np.array(['2024-01-02', '2024-01-03'], dtype='datetime64[D]')")),
            R"(["2024-01-02","2024-01-03"])");
}

TEST_F(NumPy, long_doubles_become_floats) {
  EXPECT_EQ(written(numpy("[np.longdouble('1.5'), np.array([2.5], dtype='longdouble')]")), "[1.5,[2.5]]");
}

TEST_F(NumPy, arrays_name_the_place_of_a_nan) {
  const WriteError error = write_error_of(numpy("{'output': np.array([0.0, 1.0, 2.0, np.nan])}"));
  EXPECT_EQ(error.path, "$.output[3]");
  EXPECT_THAT(error.message, HasSubstr("NaN"));
  EXPECT_EQ(write_error_of(numpy("[np.array([[1, 2, 3], [4, np.inf, 6]], dtype='float32')]")).path, "$[0][1][1]");
  EXPECT_EQ(write_error_of(numpy("np.array([[0.5, -np.inf]]).T")).path, "$[1][0]");
  EXPECT_EQ(write_error_of(numpy("{'x': np.float64('nan')}")).path, "$.x");
  EXPECT_EQ(write_error_of(numpy("{'x': np.float32('nan')}")).path, "$.x");
  EXPECT_EQ(write_error_of(numpy("np.array(np.nan)")).path, "$");
}

TEST_F(NumPy, arrays_have_null_for_nan_when_asked_to) {
  const WriterOptions options{.nan_as_null = true};
  EXPECT_EQ(written(numpy("np.array([[1.5, np.nan], [np.inf, -np.inf]])"), options), "[[1.5,null],[null,null]]");
}

TEST_F(NumPy, values_without_a_json_form_are_errors) {
  EXPECT_EQ(write_error_of(numpy("{'x': np.array([np.float64])}")).path, "$.x[0]");
  EXPECT_THAT(write_error_of(numpy("[np.dtype('f8')]")).message, HasSubstr("is not JSON"));
  EXPECT_THAT(write_error_of(numpy("{'x': np.float64}")).message, HasSubstr("type is not JSON"));
}

TEST_F(NumPy, arrays_beyond_the_size_limit_are_errors) {
  const WriterOptions options{.size_limit = 1000};
  for (const char* text : {"np.zeros(1000)", "np.broadcast_to(1, (10**6, 10**6))", "np.zeros((10**12, 0))"}) {
    const WriteError error = write_error_of(numpy(text), options);
    EXPECT_EQ(error.path, "$") << text;
    EXPECT_THAT(error.message, HasSubstr("larger than the limit"));
  }
}

}  // namespace
}  // namespace provider_host::values
