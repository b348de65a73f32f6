// Results come in the order of the tasks, whoever works on them, and nobody waits for ever.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "run/ordered_pool.h"

namespace pyjetsim::test {
namespace {

using Pool = OrderedPool<std::size_t, std::size_t>;

// Works until there are no more tasks, for a time that differs from task to task; notes who passed in turn.
void work(Pool& pool, std::vector<std::size_t>& passed) {
  while (const auto task = pool.take()) {
    std::this_thread::sleep_for(std::chrono::microseconds(task->second * 7919 % 300));
    if (!pool.in_turn(task->first, [&] { passed.push_back(task->second); })) return;
    std::this_thread::sleep_for(std::chrono::microseconds(task->second * 104729 % 300));
    pool.answer(task->first, task->second + 1);
  }
}

class Crew {
 public:
  Crew(Pool& pool, std::size_t workers, std::vector<std::size_t>& passed) {
    for (std::size_t i = 0; i < workers; ++i) threads_.emplace_back([&] { work(pool, passed); });
  }
  ~Crew() {
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::vector<std::thread> threads_;
};

TEST(OrderedPool, KeepsTheOrder) {
  constexpr std::size_t kTasks = 500;
  for (const std::size_t workers : {1, 2, 5}) {
    Pool pool(4);
    std::vector<std::size_t> passed, results;
    {
      const Crew crew(pool, workers, passed);
      std::thread source([&pool] {
        for (std::size_t task = 0; task < kTasks; ++task) EXPECT_TRUE(pool.put(task));
        pool.close();
      });
      while (const auto result = pool.next()) results.push_back(*result);
      source.join();
    }
    ASSERT_EQ(results.size(), kTasks);
    ASSERT_EQ(passed.size(), kTasks);
    for (std::size_t task = 0; task < kTasks; ++task) {
      EXPECT_EQ(results[task], task + 1);
      EXPECT_EQ(passed[task], task);
    }
  }
}

TEST(OrderedPool, HoldsNoMoreThanItsRoom) {
  Pool pool(3);
  std::size_t put = 0;
  std::thread source([&] {
    while (pool.put(put)) ++put;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  pool.stop();
  source.join();
  EXPECT_EQ(put, 3U);
}

TEST(OrderedPool, StopLetsEverybodyGo) {
  Pool pool(4);
  std::vector<std::size_t> passed;
  {
    const Crew crew(pool, 3, passed);
    std::thread source([&pool] {
      for (std::size_t task = 0; pool.put(task); ++task) {
      }
    });
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(pool.next());
    pool.stop();
    source.join();
  }
  EXPECT_FALSE(pool.next());
}

TEST(OrderedPool, AThreadThatFailsLetsEverybodyGo) {
  OrderedPool<int, int> pool(2);
  std::thread worker([&] {
    try {
      const auto task = pool.take();
      pool.in_turn(task->first, [] { throw std::bad_alloc(); });
    } catch (...) {
      pool.fail(std::current_exception());
    }
  });
  EXPECT_TRUE(pool.put(1));
  EXPECT_EQ(pool.next(), std::nullopt);
  worker.join();
  pool.fail(std::make_exception_ptr(std::runtime_error("later")));
  EXPECT_THROW(std::rethrow_exception(pool.failure()), std::bad_alloc);
  EXPECT_FALSE(pool.put(2));
}

TEST(OrderedPool, WithoutTasksIsAtItsEnd) {
  Pool pool(1);
  std::vector<std::size_t> passed;
  const Crew crew(pool, 2, passed);
  pool.close();
  EXPECT_FALSE(pool.next());
}

}  // namespace
}  // namespace pyjetsim::test
