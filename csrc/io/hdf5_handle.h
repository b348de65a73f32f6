// What HDF5 gives out, closed in time.
#pragma once

#include <hdf5.h>

#include <utility>

namespace pyjetsim {

class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Hdf5Handle() = default;
  // A negative `id` is HDF5's word for failure: good() is false then.
  Hdf5Handle(hid_t id, Close closer) : id_(id), close_(closer) {}
  ~Hdf5Handle() { close(); }
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    if (this != &other) {
      close();
      id_ = std::exchange(other.id_, -1);
      close_ = other.close_;
    }
    return *this;
  }

  bool good() const { return id_ >= 0; }
  operator hid_t() const { return id_; }

  // False where it fails, as the last writes may do.
  bool close() { return id_ < 0 || close_(std::exchange(id_, -1)) >= 0; }
  // Leaves it open for ever.
  void abandon() { id_ = -1; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

}  // namespace pyjetsim
