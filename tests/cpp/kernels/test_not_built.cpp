// A build without CUDA: every launch throws, and says what to do.
#include <gtest/gtest.h>

#include <string>

#include "kernels/cuda/kernels.h"
#include "pyjetsim/error.h"

namespace pyjetsim {
namespace {

template <typename Batch>
void expect_refused(void (*launch)(const Batch&, void*)) {
  try {
    launch(Batch{}, nullptr);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("-DPYJETSIM_CUDA=ON"), std::string::npos) << error.what();
  }
}

template <typename T>
class NotBuilt : public ::testing::Test {};
using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(NotBuilt, Types);

TYPED_TEST(NotBuilt, ThrowInPlaceOfEveryLaunch) {
  EXPECT_FALSE(cuda::built());
  expect_refused(cuda::launch_chamfer<TypeParam>);
  expect_refused(cuda::launch_chamfer_gradient<TypeParam>);
  expect_refused(cuda::launch_kinematics<TypeParam>);
  expect_refused(cuda::launch_kinematics_gradient<TypeParam>);
  expect_refused(cuda::launch_reconstruction_loss<TypeParam>);
  expect_refused(cuda::launch_reconstruction_loss_gradient<TypeParam>);
}

}  // namespace
}  // namespace pyjetsim
