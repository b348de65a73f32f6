// What a module asks for, and the tokens it gets for that.
#pragma once

#include <string>
#include <utility>

namespace edm {

class InputTag {
 public:
  InputTag() = default;
  InputTag(std::string const& tag)
      : label_(tag.substr(0, tag.find(':'))),
        instance_(tag.find(':') == std::string::npos ? "" : tag.substr(tag.find(':') + 1)) {}

  std::string const& label() const { return label_; }
  std::string const& instance() const { return instance_; }

 private:
  std::string label_, instance_;
};

class EDConsumerBase;

template <typename T>
class EDGetTokenT {
 public:
  constexpr EDGetTokenT() = default;
  constexpr unsigned int index() const noexcept { return value_; }

 private:
  friend class EDConsumerBase;
  constexpr explicit EDGetTokenT(unsigned int value) noexcept : value_(value) {}

  unsigned int value_ = 0xFFFFFFFF;
};

}  // namespace edm
