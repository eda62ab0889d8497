#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace provider_host::cli {

/// The files that a run reads and must not overwrite. They are compared by device and inode, so that other names and
/// links are recognised. Terminals, pipes and devices are skipped. A plain value.
class ProtectedFiles {
 public:
  /// `what` is for messages, such as "the input". A path that does not exist is skipped.
  void add(const std::string& what, const std::string& path);
  void add(const std::string& what, int fd);

  /// Throw UsageError when the output is one of them, or an existing file of Python source, which may be imported.
  /// `output` is for messages, such as "-o: 'x.py'".
  void refuse(const std::string& output, const std::string& path) const;
  void refuse(const std::string& output, int fd) const;

 private:
  struct File {
    dev_t device;
    ino_t inode;
    std::string what;
  };
  std::vector<File> files_;
};

}  // namespace provider_host::cli
