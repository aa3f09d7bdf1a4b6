#include "native/wire/item_contexts.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "test/native/wire/message.h"
#include "test/native/wire/round_trip.h"

namespace latchkey::wire {
namespace {

// A context of pairs, with the entries that it borrows.
class Context {
 public:
  explicit Context(const Pairs& pairs) {
    for (const auto& [key, value] : pairs) {
      entries_.push_back(std::make_unique<ExactBytes>(Message().Bytes(1, key).Bytes(2, value).str()));
      EXPECT_EQ(context_.Add(entries_.back()->view()), Status::kOk);
    }
    EXPECT_EQ(context_.Finish(), Status::kOk);
  }
  [[nodiscard]] const EncryptionContext& get() const { return context_; }

 private:
  std::vector<std::unique_ptr<ExactBytes>> entries_;
  EncryptionContext context_;
};

Bytes AsBytes(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

TEST(ItemContextsTest, EachIsTheContextWithItsOwnPair) {
  std::mt19937 random(7);
  const std::vector<std::string> keys = {"a", "b", "row", "rowid", "z", "\xC3\xA9", "ro"};
  for (int round = 0; round < 300; ++round) {
    Pairs common;
    for (const std::string& key : keys) {
      if (random() % 2 == 0) common.emplace_back(key, std::string(random() % 20, 'v'));
    }
    const std::string column = "row!";
    const Context context(common);
    std::array<std::uint8_t, kMaxContextBytes> buffer;
    ItemContexts items(context.get(), AsBytes(column), buffer);
    for (int item = 0; item < 5; ++item) {
      const std::string value(random() % 40, static_cast<char>('A' + item));
      Pairs all = common;
      all.emplace_back(column, value);
      ASSERT_TRUE(items.Fits(AsBytes(value)));
      ASSERT_EQ(ToString(items.With(AsBytes(value))), Canonical(Context(all).get()));
    }
  }
}

TEST(ItemContextsTest, WithoutAColumnAllAreTheCommonOne) {
  const Context context({{"k", "v"}});
  std::array<std::uint8_t, kMaxContextBytes> buffer;
  ItemContexts items(context.get(), {}, buffer);
  EXPECT_TRUE(items.Fits({}));
  EXPECT_EQ(ToString(items.With({})), Canonical(context.get()));
}

TEST(ItemContextsTest, AValueFitsUpToTheLimit) {
  const Context context({{"k", "v"}});
  std::array<std::uint8_t, kMaxContextBytes> buffer;
  ItemContexts items(context.get(), AsBytes("row"), buffer);
  const std::string longest(kMaxContextBytes - Canonical(context.get()).size() - 4 - 3 - 4, 'v');
  EXPECT_TRUE(items.Fits(AsBytes(longest)));
  EXPECT_EQ(items.With(AsBytes(longest)).size(), kMaxContextBytes);
  EXPECT_FALSE(items.Fits(AsBytes(longest + "v")));
}

TEST(ItemContextsTest, WithALongColumnKeyNoValueFits) {
  const Context context({{"k", std::string(8000, 'v')}});
  std::array<std::uint8_t, kMaxContextBytes> buffer;
  const ItemContexts items(context.get(), AsBytes(std::string(1000, 'k')), buffer);
  EXPECT_FALSE(items.Fits({}));
}

}  // namespace
}  // namespace latchkey::wire
