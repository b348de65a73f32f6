#include "pyjetsim/chamfer.h"

#include "kernels/chamfer/chamfer.h"
#include "kernels/cpu/paths.h"
#include "kernels/spans.h"

namespace pyjetsim {
namespace {

template <typename T>
void check_pair(const PointSets<T>& x, const PointSets<T>& y) {
  check_sets("x", x);
  check_sets("y", y);
  if (x.sets != y.sets || x.dimension != y.dimension) {
    throw Error("x has " + std::to_string(x.sets) + " sets of dimension " + std::to_string(x.dimension) + ", y " +
                    std::to_string(y.sets) + " of dimension " + std::to_string(y.dimension),
                "they are compared set by set", "give both the same number and dimension");
  }
}

template <typename T>
void run(const PointSets<T>& x, const PointSets<T>& y, Span<T> distance, std::int32_t* x_nearest,
         std::int32_t* y_nearest) {
  check_size("distance", distance.size(), x.sets);
  const ChamferBatch<T> batch{as_signed(x.sets),
                              as_signed(x.points),
                              as_signed(y.points),
                              as_signed(x.dimension),
                              x.coordinates.data(),
                              y.coordinates.data(),
                              mask_of(x),
                              mask_of(y),
                              distance.data(),
                              x_nearest,
                              y_nearest};
  current_cpu_path().kernels<T>().chamfer(batch, 0, batch.batch);
}

}  // namespace

template <typename T>
void chamfer_distance(const PointSets<T>& x, const PointSets<T>& y, Span<T> distance) {
  check_pair(x, y);
  run<T>(x, y, distance, nullptr, nullptr);
}

template <typename T>
void chamfer_nearest(const PointSets<T>& x, const PointSets<T>& y, Span<T> distance, Span<std::int32_t> x_nearest,
                     Span<std::int32_t> y_nearest) {
  check_pair(x, y);
  check_size("x_nearest", x_nearest.size(), x.sets * x.points);
  check_size("y_nearest", y_nearest.size(), y.sets * y.points);
  run<T>(x, y, distance, x_nearest.data(), y_nearest.data());
}

template <typename T>
void chamfer_backward(Span<const T> grad_distance, const PointSets<T>& x, const PointSets<T>& y,
                      Span<const std::int32_t> x_nearest, Span<const std::int32_t> y_nearest, Span<T> grad_x,
                      Span<T> grad_y) {
  check_pair(x, y);
  check_size("grad_distance", grad_distance.size(), x.sets);
  check_size("x_nearest", x_nearest.size(), x.sets * x.points);
  check_size("y_nearest", y_nearest.size(), y.sets * y.points);
  if (!grad_x.empty()) check_size("grad_x", grad_x.size(), x.coordinates.size());
  if (!grad_y.empty()) check_size("grad_y", grad_y.size(), y.coordinates.size());
  const ChamferGradient<T> batch{as_signed(x.sets),
                                 as_signed(x.points),
                                 as_signed(y.points),
                                 as_signed(x.dimension),
                                 x.coordinates.data(),
                                 y.coordinates.data(),
                                 x_nearest.data(),
                                 y_nearest.data(),
                                 grad_distance.data(),
                                 grad_x.empty() ? nullptr : grad_x.data(),
                                 grad_y.empty() ? nullptr : grad_y.data()};
  current_cpu_path().kernels<T>().chamfer_backward(batch, 0, batch.batch);
}

#define PYJETSIM_INSTANTIATE(T)                                                                                        \
  template void chamfer_distance<T>(const PointSets<T>&, const PointSets<T>&, Span<T>);                                \
  template void chamfer_nearest<T>(const PointSets<T>&, const PointSets<T>&, Span<T>, Span<std::int32_t>,              \
                                   Span<std::int32_t>);                                                                \
  template void chamfer_backward<T>(Span<const T>, const PointSets<T>&, const PointSets<T>&, Span<const std::int32_t>, \
                                    Span<const std::int32_t>, Span<T>, Span<T>)
PYJETSIM_INSTANTIATE(float);
PYJETSIM_INSTANTIATE(double);
#undef PYJETSIM_INSTANTIATE

}  // namespace pyjetsim
