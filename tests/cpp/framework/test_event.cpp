// Products: put once, got as what they are.
#include <gtest/gtest.h>

#include "framework/event.h"
#include "framework/toys.h"

namespace pyjetsim::framework {
namespace {

struct Products : testing::Test {
  Products() { data.set_id({1, 2, 3}); }

  EventPrincipal data;
  const ModuleDescription module{"maker", "Maker"};
  Event event{data, module, {0}};
};

TEST_F(Products, AreFoundByLabelAndInstance) {
  event.put(std::make_unique<int>(5));
  event.put(std::make_unique<int>(6), "second");
  EXPECT_EQ(event.get<int>(InputTag("maker")), 5);
  EXPECT_EQ(event.get<int>(InputTag("maker:second")), 6);
  EXPECT_EQ(event.id().luminosity_block, 2u);
}

TEST_F(Products, ArePutOnce) {
  event.put(std::make_unique<int>(5), "x");
  EXPECT_EQ(error_of([&] { event.put(std::make_unique<double>(5), "x"); }),
            "product 'maker:x' is put twice (what others have got of it must not change): "
            "put it once, or give each an instance name");
  EXPECT_EQ(event.get<int>(InputTag("maker:x")), 5);
  EXPECT_NE(error_of([&] { event.put(std::unique_ptr<int>()); }).find("nothing is put as 'maker'"), std::string::npos);
}

TEST_F(Products, ThatAreMissingOrOfAnotherTypeAreNamed) {
  EXPECT_EQ(error_of([&] { event.get<int>(InputTag("maker")); }),
            "there is no product 'maker' of type int (it is read here): put it before, or name one of: "
            "(the event is empty)");
  event.put(std::make_unique<std::vector<float>>(), "jets");
  EXPECT_EQ(error_of([&] { event.get<int>(InputTag("maker")); }),
            "there is no product 'maker' of type int (it is read here): put it before, or name one of: 'maker:jets'");
  const std::string error = error_of([&] { event.get<int>(InputTag("maker:jets")); });
  EXPECT_EQ(error.find("there is no product 'maker:jets' of type int, the one of this name is std::vector<float"), 0u)
      << error;
}

TEST_F(Products, OfTheEventBeforeAreForgotten) {
  event.put(std::make_unique<int>(5));
  data.clear();
  EXPECT_NE(error_of([&] { event.get<int>(InputTag("maker")); }), "");
  event.put(std::make_unique<int>(7));
  EXPECT_EQ(event.get<int>(InputTag("maker")), 7);
}

TEST(TheEventSetup, HasOneRecordOfAType) {
  EventSetup setup;
  EXPECT_EQ(error_of([&] { setup.get<int>(); }),
            "the event setup has no int (a module needs it): put it before the job begins");
  setup.put(5);
  const EventSetup copy = setup;
  EXPECT_EQ(copy.get<int>(), 5);
}

}  // namespace
}  // namespace pyjetsim::framework
