// Lines of a file as samples: columns of CSV, or members of JSON documents. Knows no files.
#pragma once
#include <functional>

#include "line/gateway/drivers/file/config.h"
#include "line/gateway/fields/json.h"
#include "line/tags/batch.h"

namespace bondline::gateway {

class Records {
 public:
  /// Paths of JSON points must be well-formed.
  explicit Records(const FileConfig& config);

  /// The length of the first record with its line end; 0: its end is not among `bytes`.
  std::size_t length(std::string_view bytes) const;
  /// Takes the head line of a CSV file. Nullopt, or what is wrong: columns it does not have, whose tags will
  /// be bad_configuration.
  std::optional<std::string> begin_file(std::string_view head);
  /// A file without head line begins.
  void begin_file();

  /// What a record brought.
  struct Outcome {
    bool blank = false;   ///< nothing at all
    std::size_t bad = 0;  ///< values, or the record itself, that could not be read
    std::string problem;  ///< the first of them, in words
  };
  /// Appends the record's samples as one run that `start` adds to first, once it is known that there will be
  /// one. A bad value makes its tag bad and harms no other; a record that is none, or whose time is none,
  /// gives no values.
  Outcome read(std::string_view record, const tags::Times& now, tags::Batch& out,
               const std::function<void(const Outcome&)>& start);

 private:
  struct Column {
    std::ptrdiff_t at = -1;  ///< in the record; -1: it is not there
    bool told_missing = false;
  };
  /// The text of each point in fields_; "" where there is none. False: `outcome` says why.
  bool split(std::string_view record, Outcome& outcome);
  const FileConfig& config_;
  std::vector<Column> columns_;
  Column time_;
  fields::JsonPaths paths_;
  std::vector<std::vector<std::size_t>> by_path_;  ///< points
  int time_path_ = -1;
  std::vector<fields::JsonFound> found_;
  std::vector<std::string_view> cells_, texts_;  ///< of the record; of the points
  std::vector<const char*> refused_;             ///< of the points: what JSON says that is no single value
  std::vector<std::pair<std::uint64_t, const char*>> results_;
  std::vector<std::string_view> result_texts_;
  std::string_view time_text_;
  bool time_is_there_ = false;
  std::string scratch_;
};

}  // namespace bondline::gateway
