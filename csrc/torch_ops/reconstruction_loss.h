// The reconstruction loss of the paper as torch ops.
#pragma once

#include <tuple>

#include "kernels/reconstruction_loss/batch.h"
#include "torch_ops/tensors.h"

namespace pyjetsim::torch_ops {

inline void check_loss(const Tensor& prediction, const Tensor& target, const OptionalTensor& prediction_mask,
                       const OptionalTensor& target_mask) {
  check_points("prediction", prediction, 3);
  check_points("target", target, 3);
  check_pair("prediction", prediction, "target", target);
  check_mask("prediction_mask", prediction_mask, prediction);
  check_mask("target_mask", target_mask, target);
}

struct LossOutputs {
  Tensor loss, terms, sums;

  explicit LossOutputs(const Tensor& prediction)
      : loss(torch::stable::new_empty(prediction, {prediction.size(0)})),
        terms(torch::stable::new_empty(prediction, {prediction.size(0), kLossTerms})),
        sums(torch::stable::new_empty(prediction, {prediction.size(0), 2, kJetSums})) {}
};

template <typename Device>
LossOutputs run_loss(const Tensor& prediction, const Tensor& target, const OptionalTensor& prediction_mask,
                     const OptionalTensor& target_mask, double chamfer_weight, double alpha_mass, double alpha_pt,
                     double alpha_momentum, const Tensor* prediction_nearest, const Tensor* target_nearest) {
  check_loss(prediction, target, prediction_mask, target_mask);
  const Tensor predicted = packed(prediction), truth = packed(target);
  const OptionalTensor predicted_rows = packed(prediction_mask), target_rows = packed(target_mask);
  const LossOutputs out(prediction);
  by_type(prediction, [&](auto number) {
    using T = decltype(number);
    Device(prediction)
        .run(LossBatch<T>{prediction.size(0),
                          prediction.size(1),
                          target.size(1),
                          read<T>(predicted),
                          read<T>(truth),
                          read_mask(predicted_rows),
                          read_mask(target_rows),
                          {static_cast<T>(chamfer_weight), static_cast<T>(alpha_mass), static_cast<T>(alpha_pt),
                           static_cast<T>(alpha_momentum)},
                          write<T>(out.loss),
                          write<T>(out.terms),
                          write<T>(out.sums),
                          prediction_nearest == nullptr ? nullptr : write<std::int32_t>(*prediction_nearest),
                          target_nearest == nullptr ? nullptr : write<std::int32_t>(*target_nearest)});
  });
  return out;
}

template <typename Device>
std::tuple<Tensor, Tensor> reconstruction_loss(const Tensor& prediction, const Tensor& target,
                                               const OptionalTensor& prediction_mask, const OptionalTensor& target_mask,
                                               double chamfer_weight, double alpha_mass, double alpha_pt,
                                               double alpha_momentum) {
  const LossOutputs out = run_loss<Device>(prediction, target, prediction_mask, target_mask, chamfer_weight, alpha_mass,
                                           alpha_pt, alpha_momentum, nullptr, nullptr);
  return {out.loss, out.terms};
}

template <typename Device>
std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor> reconstruction_loss_nearest(const Tensor& prediction,
                                                                               const Tensor& target,
                                                                               const OptionalTensor& prediction_mask,
                                                                               const OptionalTensor& target_mask,
                                                                               double chamfer_weight, double alpha_mass,
                                                                               double alpha_pt, double alpha_momentum) {
  check_loss(prediction, target, prediction_mask, target_mask);
  Tensor prediction_nearest = new_rows(prediction), target_nearest = new_rows(target);
  const LossOutputs out = run_loss<Device>(prediction, target, prediction_mask, target_mask, chamfer_weight, alpha_mass,
                                           alpha_pt, alpha_momentum, &prediction_nearest, &target_nearest);
  return {out.loss, out.terms, out.sums, prediction_nearest, target_nearest};
}

template <typename Device>
std::tuple<Tensor, Tensor> reconstruction_loss_backward(const Tensor& grad_loss, const Tensor& prediction,
                                                        const Tensor& target, const OptionalTensor& prediction_mask,
                                                        const OptionalTensor& target_mask, const Tensor& sums,
                                                        const Tensor& prediction_nearest, const Tensor& target_nearest,
                                                        double chamfer_weight, double alpha_mass, double alpha_pt,
                                                        double alpha_momentum, bool prediction_wanted,
                                                        bool target_wanted) {
  check_loss(prediction, target, prediction_mask, target_mask);
  check_shape("grad_loss", grad_loss, {prediction.size(0)}, prediction);
  check_shape("sums", sums, {prediction.size(0), 2, kJetSums}, prediction);
  check_rows("prediction_nearest", prediction_nearest, prediction);
  check_rows("target_nearest", target_nearest, target);
  const Tensor grad = packed(grad_loss), predicted = packed(prediction), truth = packed(target);
  const Tensor saved = packed(sums), predicted_rows = packed(prediction_nearest), target_rows = packed(target_nearest);
  const OptionalTensor predicted_mask = packed(prediction_mask), true_mask = packed(target_mask);
  Tensor grad_prediction = new_gradient(prediction, prediction_wanted);
  Tensor grad_target = new_gradient(target, target_wanted);
  by_type(prediction, [&](auto number) {
    using T = decltype(number);
    Device(prediction)
        .run(LossGradient<T>{prediction.size(0),
                             prediction.size(1),
                             target.size(1),
                             read<T>(predicted),
                             read<T>(truth),
                             read_mask(predicted_mask),
                             read_mask(true_mask),
                             {static_cast<T>(chamfer_weight), static_cast<T>(alpha_mass), static_cast<T>(alpha_pt),
                              static_cast<T>(alpha_momentum)},
                             read<T>(saved),
                             read<std::int32_t>(predicted_rows),
                             read<std::int32_t>(target_rows),
                             read<T>(grad),
                             prediction_wanted ? write<T>(grad_prediction) : nullptr,
                             target_wanted ? write<T>(grad_target) : nullptr});
  });
  return {grad_prediction, grad_target};
}

}  // namespace pyjetsim::torch_ops
