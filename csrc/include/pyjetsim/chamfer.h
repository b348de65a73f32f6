/// \file
/// Chamfer distance between sets of points, with its gradient.
///
///     d(x, y) = sum_i min_j |x_i - y_j|^2 + sum_j min_i |x_i - y_j|^2
///
/// Source: H. Fan, H. Su and L. Guibas, CVPR 2017, arXiv:1612.00603; for jets M. Touranakou et al., Mach. Learn.: Sci.
/// Technol. 3 (2022) 035003, eq. 2.
///
/// Every function works on all sets in the calling thread; to use several threads, give each a part of the batch. T is
/// float or double. Points have 1 to 8 dimensions (3 and 4 are fastest), a set at most 2^24 points. A distance has the
/// square of the points' unit, and does not depend on the other sets of the batch. Outputs must not overlap inputs.
///
/// A set without points is at distance 0 from anything. Of equally near points the first is taken. NaN and infinity in
/// a point reach the distance of its set.
#pragma once

#include <cstdint>

#include "pyjetsim/export.h"
#include "pyjetsim/points.h"

namespace pyjetsim {

/// Computes the distance of each pair of sets.
///
/// \param x, y      B sets each, of N and of M points of the same dimension.
/// \param distance  (B,) output.
/// \throws Error for spans of a wrong size, and sets that do not go together.
template <typename T>
PYJETSIM_EXPORT void chamfer_distance(const PointSets<T>& x, const PointSets<T>& y, Span<T> distance);

/// Computes the distance of each pair of sets, and the nearest points.
///
/// \param x, y       B sets each, of N and of M points of the same dimension.
/// \param distance   (B,) output.
/// \param x_nearest  (B, N) output: for each point of x the row of the nearest point of y; -1 for masked rows, and
/// where
///                   y is empty.
/// \param y_nearest  (B, M) output: the same for y.
/// \throws Error for spans of a wrong size, and sets that do not go together.
template <typename T>
PYJETSIM_EXPORT void chamfer_nearest(const PointSets<T>& x, const PointSets<T>& y, Span<T> distance,
                                     Span<std::int32_t> x_nearest, Span<std::int32_t> y_nearest);

/// Computes the gradient of sum_b grad_distance[b] * d(x_b, y_b) at the coordinates, with the nearest points held
/// fixed.
///
/// \param grad_distance         (B,) gradient at the distances.
/// \param x, y                  The points. Masks are not read: they are in the nearest rows already.
/// \param x_nearest, y_nearest  (B, N) and (B, M), from chamfer_nearest.
/// \param grad_x, grad_y        (B, N, D) and (B, M, D) output; leave one empty to skip it.
/// \throws Error for spans of a wrong size, and sets that do not go together.
template <typename T>
PYJETSIM_EXPORT void chamfer_backward(Span<const T> grad_distance, const PointSets<T>& x, const PointSets<T>& y,
                                      Span<const std::int32_t> x_nearest, Span<const std::int32_t> y_nearest,
                                      Span<T> grad_x, Span<T> grad_y);

}  // namespace pyjetsim
