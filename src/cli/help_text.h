#pragma once

namespace provider_host::cli {

// The examples and rules at the end of each --help.
extern const char* const kMainFooter;
extern const char* const kCallFooter;
extern const char* const kBatchFooter;
extern const char* const kMergeFooter;
extern const char* const kPipeFooter;
extern const char* const kServeFooter;
extern const char* const kCheckFooter;
extern const char* const kDoctorFooter;

}  // namespace provider_host::cli
