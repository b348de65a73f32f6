// Chamfer distance between sets of points (Fan, Su, Guibas, CVPR 2017), with its gradient.
//
//   d(x, y) = sum_i min_j |x_i - y_j|^2 + sum_j min_i |x_i - y_j|^2
//
// Every function works in the calling thread, on all sets; give each thread a part of the batch. T is float or double,
// the dimension 1 to 8 (3 and 4 are fastest), a set at most 2^24 points. Spans of a wrong size throw Error. Outputs
// must not overlap inputs. A result does not depend on the batch that a set is in.
//
// A set without points is at distance 0 from anything. Of equally near points the first is taken. NaN and infinity in
// a point reach the distance of its set.
#pragma once

#include <cstdint>

#include "pyjetsim/export.h"
#include "pyjetsim/points.h"

namespace pyjetsim {

// Writes the distance of each pair of sets.
template <typename T>
PYJETSIM_EXPORT void chamfer_distance(const PointSets<T>& x, const PointSets<T>& y, Span<T> distance);

// Writes also the row of the nearest point of the other set: x_nearest (sets * x.points), y_nearest (sets * y.points);
// -1 for masked rows and where the other set is empty.
template <typename T>
PYJETSIM_EXPORT void chamfer_nearest(const PointSets<T>& x, const PointSets<T>& y, Span<T> distance,
                                     Span<std::int32_t> x_nearest, Span<std::int32_t> y_nearest);

// Writes the gradient of the sum of grad_distance * distance at the coordinates, with the nearest points held. An empty
// gradient is one that is not wanted. Masks are in the nearest rows already, and not looked at.
template <typename T>
PYJETSIM_EXPORT void chamfer_backward(Span<const T> grad_distance, const PointSets<T>& x, const PointSets<T>& y,
                                      Span<const std::int32_t> x_nearest, Span<const std::int32_t> y_nearest,
                                      Span<T> grad_x, Span<T> grad_y);

}  // namespace pyjetsim
