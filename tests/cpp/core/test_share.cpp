#include <gtest/gtest.h>

#include "kernels/cpu/paths.h"

namespace pyjetsim {
namespace {

TEST(Share, OfShortJetsIsWholeVectors) {
  EXPECT_EQ(share_of(50 * 50).jets, 16);
  EXPECT_EQ(share_of(50 * 50).least, 1);
  EXPECT_EQ(share_of(10 * 10).least, 40) << "work that a woken thread is worth";
  EXPECT_EQ(share_of(0).least, 4096) << "sets without points";
}

TEST(Share, OfLongJetsIsOneJet) {
  EXPECT_EQ(share_of(4096 * 4096).jets, 1);
  EXPECT_EQ(share_of(4096 * 4096).least, 1);
}

}  // namespace
}  // namespace pyjetsim
