// Which API a call follows that names none.
#include "end_to_end/script_pool.h"
#include "end_to_end/written_script.h"

namespace provider_host {
namespace {

Call call_with(const std::string& function, const std::string& args) {
  Call call;
  call.function = function;
  call.args_json = args;
  return call;
}

class ImpliedApi : public WrittenScript {};

TEST_F(ImpliedApi, IsThatOfTheFunctionsName) {
  write(
      "def call_api(p, o, c): return {'output': p}\n"
      "def call_embedding_api(p, o): return {'embedding': [1]}\n"
      "class Tools:\n"
      "  @staticmethod\n"
      "  def call_classification_api(p, o): return {'classification': {}}\n");
  Pool pool(options());
  EXPECT_EQ(pool.default_api(), Api::kCall);
  EXPECT_EQ(text_of(pool.call(call_with("", R"(["p",{},{}])"))), R"({"output":"p"})");
  EXPECT_EQ(text_of(pool.call(call_with("call_embedding_api", R"(["p",{}])"))), R"({"embedding":[1]})");
  EXPECT_EQ(text_of(pool.call(call_with("Tools.call_classification_api", R"(["p",{}])"))), R"({"classification":{}})");
  Call asked_for = call_with("call_embedding_api", R"(["p",{},{}])");
  asked_for.api = Api::kCall;
  EXPECT_EQ(pool.call(asked_for).error().type, "TypeError");
}

TEST_F(ImpliedApi, IsTheOneThatAScriptHasWithoutCallApi) {
  write("def call_embedding_api(p, o): return {'embedding': [1]}\n");
  Pool pool(options());
  EXPECT_EQ(pool.default_api(), Api::kEmbedding);
  EXPECT_EQ(text_of(pool.call(call_with("", R"(["p",{}])"))), R"({"embedding":[1]})");
  EXPECT_EQ(pool.call_api("p").error().kind, ErrorKind::kFunctionNotFound);
}

TEST_F(ImpliedApi, IsCallApiWhenAScriptHasBothOthers) {
  write(
      "def call_embedding_api(p, o): return {'embedding': [1]}\n"
      "def call_classification_api(p, o): return {'classification': {}}\n");
  EXPECT_EQ(Pool(options()).default_api(), Api::kCall);
}

}  // namespace
}  // namespace provider_host
