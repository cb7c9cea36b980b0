// What the log's tests share: a log in memory, batches that say which sample they are, and everything read
// back.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "line/gateway/store/log.h"

namespace bondline::store {

inline Dictionary numbers(std::size_t count, tags::ValueType type = tags::ValueType::i64) {
  Dictionary dictionary;
  for (std::size_t i = 0; i < count; ++i) dictionary.push_back({"machine.tag" + std::to_string(i), "", type});
  return dictionary;
}

/// `count` samples of tag 0 in one run, with the values next, next + 1, ...
inline tags::Batch counting(std::uint64_t& next, std::uint32_t count) {
  tags::Batch batch;
  const auto now = static_cast<std::int64_t>(next * 1'000'000);
  batch.begin({now, now, now});
  for (std::uint32_t i = 0; i < count; ++i) batch.add(0, next++);
  return batch;
}

inline std::unique_ptr<Log> open_log(base::Files& files, LogOptions options = {},
                                     Dictionary dictionary = numbers(4)) {
  if (options.folder.empty()) options.folder = "log";
  options.background = false;
  base::Diagnostics diagnostics;
  auto log = Log::open(files, options, std::move(dictionary), diagnostics);
  EXPECT_TRUE(log) << (diagnostics.empty() ? "" : base::to_text(diagnostics.all()[0]));
  return log;
}

struct ReadBack {
  std::vector<std::uint64_t> values, sequences;
  std::uint64_t lost = 0;
};
/// Everything durable from a position on.
inline ReadBack read_all(const Log& log, std::uint64_t position = 1) {
  ReadBack all;
  Log::Reader reader(log, position);
  tags::Batch batch;
  while (const auto read = reader.next(batch)) {
    all.lost += read->lost;
    for (std::size_t i = read->skip; i < batch.size(); ++i) {
      all.values.push_back(batch.bits()[i]);
      all.sequences.push_back(read->first_sequence + i);
    }
  }
  return all;
}

}  // namespace bondline::store
