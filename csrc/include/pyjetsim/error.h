/// \file
/// The exception of this library.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "pyjetsim/export.h"

namespace pyjetsim {

/// Every function of this library throws this, and nothing else of its own. what() reads
/// "<what is wrong> (<why it matters>): <what to do>".
class PYJETSIM_EXPORT Error : public std::runtime_error {
 public:
  /// \param wrong  What is wrong, with the file, field and value.
  /// \param why    Why it matters.
  /// \param todo   What to do.
  Error(const std::string& wrong, const std::string& why, const std::string& todo)
      : std::runtime_error(wrong + " (" + why + "): " + todo),
        parts_(std::make_shared<const Parts>(Parts{wrong, why, todo})) {}

  /// The three parts, for programs that report them in their own way.
  const std::string& wrong() const noexcept { return parts_->wrong; }
  const std::string& why() const noexcept { return parts_->why; }
  const std::string& todo() const noexcept { return parts_->todo; }

 private:
  struct Parts {
    std::string wrong, why, todo;
  };
  std::shared_ptr<const Parts> parts_;  // shared, so that copying an error cannot fail
};

}  // namespace pyjetsim
