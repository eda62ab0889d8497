#include "values/json_reader.h"

#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "base/huge_pages.h"
#include "base/text_scan.h"
#include "values/json_number_token.h"
#include "wire/frame_codec.h"

namespace provider_host::values {
namespace {

namespace py = pybind11;
namespace ondemand = simdjson::ondemand;

constexpr std::size_t kKeptItems = 65536;
constexpr std::size_t kMaxKnownKey = 64;
constexpr std::size_t kLongText = std::size_t{16} << 10;

void check(simdjson::error_code error) {
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error != simdjson::SUCCESS) throw JsonReadError(simdjson::error_message(error));
}

py::object checked(PyObject* object) {
  if (object == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(object);
}

py::object ascii_str(std::string_view text) {
  py::object str = checked(PyUnicode_New(static_cast<Py_ssize_t>(text.size()), 0x7F));
  prefer_huge_pages(PyUnicode_DATA(str.ptr()), text.size());
  if (!text.empty()) std::memcpy(PyUnicode_DATA(str.ptr()), text.data(), text.size());
  return str;
}

py::object utf8_str(std::string_view text) {
  PyObject* str = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), nullptr);
  if (str == nullptr && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError) != 0) {
    PyErr_Clear();
    throw JsonReadError("a string that is not UTF-8");
  }
  return checked(str);
}

// With half a surrogate pair, which simdjson refuses and a str can hold: Python's json reads it.
py::object str_with_lone_surrogates(const char* begin) {
  const char* end = skip_plain<StopAt::kEscaped>(begin);
  while (*end == '\\') end = skip_plain<StopAt::kEscaped>(end + 2);
  if (*end != '"') throw JsonReadError("a malformed string");
  const py::object quoted = utf8_str({begin - 1, static_cast<std::size_t>(end - begin) + 2});
  try {
    return py::module_::import("_json").attr("scanstring")(quoted, 1, true)[py::int_(0)];
  } catch (py::error_already_set& error) {
    if (error.matches(PyExc_MemoryError)) throw;
    throw JsonReadError("a malformed string");  // a SystemError where json.decoder is not imported
  }
}

// The str of a JSON string whose text starts at `begin`. `unescape` gives the text when there are escapes.
template <typename Unescape>
py::object str_at(const char* begin, Unescape unescape) {
  const char* end = skip_plain<StopAt::kEscapedOrNonAscii>(begin);
  if (*end == '"') return ascii_str({begin, static_cast<std::size_t>(end - begin)});
  end = skip_plain<StopAt::kEscaped>(end);
  if (*end == '"') return utf8_str({begin, static_cast<std::size_t>(end - begin)});
  std::string_view text;
  const simdjson::error_code error = unescape().get(text);
  if (error == simdjson::STRING_ERROR) return str_with_lone_surrogates(begin);
  check(error);
  return utf8_str(text);
}

// Steps over the value in any case: the container's iterator would take a string with a colon behind it for a key, and
// walk on past whatever follows.
py::object str_of(ondemand::value& value) {
  bool passed = false;
  py::object str = str_at(value.raw_json_token().data() + 1, [&] {
    passed = true;
    return value.get_string();
  });
  if (!passed) check(value.get_raw_json_string().error());
  return str;
}

py::object bool_of(ondemand::value& value) {
  bool truth = false;
  check(value.get_bool().get(truth));
  return py::bool_(truth);
}

py::object none_of(ondemand::value& value) {
  bool null = false;
  check(value.is_null().get(null));
  if (!null) throw JsonReadError("no JSON value");
  return py::none();
}

// Leaves the value where it is; the container's iterator moves on behind it.
py::object number_of(ondemand::value& value) {
  const auto number = NumberToken::parse(value.raw_json_token());
  if (!number) throw JsonReadError("a malformed number");
  return number->is_integer() ? number->to_int() : number->to_float();
}

std::size_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return static_cast<std::size_t>(hash ^ (hash >> 32U));
}

bool equals(const py::object& str, std::string_view text) {
  return str && static_cast<std::size_t>(PyUnicode_GET_LENGTH(str.ptr())) == text.size() &&
         std::memcmp(PyUnicode_DATA(str.ptr()), text.data(), text.size()) == 0;
}

// The first item of an array when it is a string that makes up most of the array's text, has no escapes and is ASCII;
// else empty.
std::string_view long_first_text(std::string_view array) {
  constexpr std::string_view kStart = "[\"";
  if (array.size() < kLongText || !array.starts_with(kStart)) return {};
  array.remove_prefix(kStart.size());
  const std::size_t size = plain_length<StopAt::kEscapedOrNonAscii>(array);
  return size >= array.size() / 2 && size < array.size() && array[size] == '"' ? array.substr(0, size)
                                                                               : std::string_view();
}

// Cuts the items back to what they were, whatever happens.
class ItemsOfOneList {
 public:
  explicit ItemsOfOneList(std::vector<py::object>& items) : items_(items), begin_(items.size()) {}
  ItemsOfOneList(const ItemsOfOneList&) = delete;
  ItemsOfOneList& operator=(const ItemsOfOneList&) = delete;
  ~ItemsOfOneList() { items_.resize(begin_); }

  py::object to_list() {
    const std::size_t size = items_.size() - begin_;
    py::object list = checked(PyList_New(static_cast<Py_ssize_t>(size)));
    for (std::size_t i = 0; i < size; ++i) {
      PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i), items_[begin_ + i].release().ptr());
    }
    return list;
  }

 private:
  std::vector<py::object>& items_;
  std::size_t begin_;
};

}  // namespace

py::object JsonReader::read(Value value) {
  py::object object = any(value, 0);
  if (items_.capacity() > kKeptItems) std::vector<py::object>().swap(items_);
  return object;
}

// simdjson's first pass over a text takes longer than all that comes after it, and can tell nothing of a long plain
// string. So that is read here, and simdjson gets the rest.
py::object JsonReader::read_array(ondemand::parser& parser, std::string_view text) {
  const std::string_view first = long_first_text(text);
  if (first.empty()) return array(parser, text);
  const std::string_view behind = text.substr(static_cast<std::size_t>(first.data() - text.data()) + first.size() + 1);
  const bool is_last = behind.starts_with(']');
  const bool has_next = behind.size() > 1 && behind[0] == ',' && behind[1] != ']' && behind[1] > ' ';
  if (!is_last && !has_next) return array(parser, text);
  rest_.clear();
  rest_.push_back('[');
  rest_.append(behind.substr(is_last ? 0 : 1));
  py::object list = array(parser, rest_.view());
  rest_.clear_and_release_above(kLongText);
  if (PyList_Insert(list.ptr(), 0, ascii_str(first).ptr()) != 0) throw py::error_already_set();
  return list;
}

py::object JsonReader::array(ondemand::parser& parser, std::string_view text) {
  ondemand::document document;
  const simdjson::padded_string_view padded(text.data(), text.size(), text.size() + ByteBuffer::kPadding);
  check(parser.iterate(padded).get(document));
  Value value;
  check(document.get_value().get(value));
  if (value.raw_json_token()[0] != '[') throw JsonReadError("no JSON array");
  py::object list = read(value);
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) throw JsonReadError("text behind the array");
  return list;
}

py::object JsonReader::any(Value value, std::size_t depth) {
  switch (value.raw_json_token()[0]) {
    case '"':
      return str_of(value);
    case '[':
      return list(value, depth);
    case '{':
      return dict(value, depth);
    case 't':
    case 'f':
      return bool_of(value);
    case 'n':
      return none_of(value);
    default:
      return number_of(value);
  }
}

py::object JsonReader::list(Value value, std::size_t depth) {
  if (depth == wire::kMaxValueDepth) throw JsonReadError("nested too deep");
  ItemsOfOneList items(items_);
  ondemand::array array;
  check(value.get_array().get(array));
  for (auto element : array) {
    Value item;
    check(element.get(item));
    py::object object = any(item, depth + 1);
    items_.push_back(std::move(object));
  }
  return items.to_list();
}

py::object JsonReader::dict(Value value, std::size_t depth) {
  if (depth == wire::kMaxValueDepth) throw JsonReadError("nested too deep");
  py::object result = checked(PyDict_New());
  ondemand::object object;
  check(value.get_object().get(object));
  for (auto member : object) {
    ondemand::field field;
    check(std::move(member).get(field));
    const py::object name = key(field);
    const py::object item = any(field.value(), depth + 1);
    if (PyDict_SetItem(result.ptr(), name.ptr(), item.ptr()) != 0) throw py::error_already_set();
  }
  return result;
}

py::object JsonReader::key(ondemand::field& field) {
  const char* const begin = field.key().raw();
  const char* const end = skip_plain<StopAt::kEscapedOrNonAscii>(begin);
  const auto size = static_cast<std::size_t>(end - begin);
  if (*end == '"' && size <= kMaxKnownKey) return known_key({begin, size});
  return str_at(begin, [&field] { return field.unescaped_key(); });
}

py::object JsonReader::known_key(std::string_view text) {
  py::object& known = known_keys_[hash_of(text) % kKnownKeys];
  if (!equals(known, text)) known = ascii_str(text);
  return known;
}

}  // namespace provider_host::values
