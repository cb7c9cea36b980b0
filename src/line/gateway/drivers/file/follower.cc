#include "line/gateway/drivers/file/follower.h"

#include <algorithm>

#include "base/crc32c.h"
#include "base/file.h"

namespace bondline::gateway {

namespace {

constexpr std::uint32_t kHeadBytes = 256;

/// Names under which programs write what is not complete yet.
bool is_partial(std::string_view name) {
  if (name.starts_with('.') || name.ends_with('~')) return true;
  for (const std::string_view end : {".tmp", ".part", ".partial", ".filepart", ".crdownload"})
    if (name.ends_with(end)) return true;
  return false;
}

std::uint32_t crc_of(std::string_view bytes) {
  return base::crc32c(bytes);
}

}  // namespace

Follower::Follower(const FileConfig& config) : config_(config), records_(config), place_(config.place) {}

std::uint64_t Follower::take_errors(std::string& last) {
  if (errors_ > 0) last = last_problem_;
  return std::exchange(errors_, 0);
}

void Follower::tell(const std::string& what) {
  ++errors_;
  last_problem_ = what;
  if (told_++ < kMostTold) pending_told_.push_back(what);
}

bool Follower::same_file(const std::string& path, const FileFacts& facts) const {
  if (place_.number == 0 || facts.number != place_.number || facts.size < place_.offset ||
      facts.size < place_.head_bytes)
    return false;
  std::string head;
  return read_file(path, 0, place_.head_bytes, head).empty() && head.size() == place_.head_bytes &&
         crc_of(head) == place_.head_crc;
}

/// Takes a file up; from its place if it is the one that was being read.
void Follower::begin(const std::string& path, const FileFacts& facts, std::uint64_t offset) {
  path_ = path;
  buffer_.clear();
  skipping_ = finished_ = last_ = false;
  if (offset == 0) {
    place_ = {};
    place_.number = facts.number;
    name_told_ = false;
    told_ = 0;
  }
  place_.name = path.substr(path.rfind('/') + 1);
  place_.offset = offset;
  line_ = 0;
  need_head_ = config_.format == FileFormat::csv && config_.header;
  if (!need_head_) records_.begin_file();
}

/// Reads the head line again and counts lines up to the place.
bool Follower::resume() {
  std::string bytes;
  for (std::uint64_t at = 0; at < place_.offset; at += bytes.size()) {
    bytes.clear();
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, place_.offset - at));
    if (std::string why = read_file(path_, at, count, bytes); !why.empty() || bytes.empty()) {
      tell(why.empty() ? path_ + " has become shorter" : why);
      path_.clear();
      return false;
    }
    line_ += static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
    if (at == 0 && need_head_) {
      const std::size_t n = records_.length(bytes);
      records_.begin_file(std::string_view(bytes).substr(0, n));
      need_head_ = false;
    }
  }
  return true;
}

bool Follower::settled(const std::string& name, const FileFacts& facts) {
  const std::int64_t now = mono_now_ns();
  Seen& seen = seen_[name];
  if (seen.number != facts.number || seen.size != facts.size || seen.modified_ns != facts.modified_ns ||
      seen.since_ns == 0)
    seen = {facts.number, facts.size, facts.modified_ns, now};
  return now - seen.since_ns >= config_.settle.count();
}

bool Follower::choose_dropped() {
  std::string problem;
  const auto names = list_folder(config_.folder, &problem);
  if (!names) {
    tell(problem);
    return false;
  }
  std::map<std::string, Seen> still;
  const std::string* best = nullptr;
  FileFacts best_facts;
  bool known = false;
  for (const std::string& name : *names) {
    if (!fits_pattern(config_.pattern, name) || is_partial(name)) continue;
    const std::string path = base::join_path(config_.folder, name);
    const auto facts = facts_of(path);
    if (!facts) continue;
    const bool calm = settled(name, *facts);
    still[name] = seen_[name];
    if (known) continue;
    if (!looked_ && same_file(path, *facts)) {
      // What was being read when we last ran comes first.
      known = true;
      best = calm ? &name : nullptr;
      best_facts = *facts;
      continue;
    }
    if (!calm) continue;
    if (!best || std::tie(facts->modified_ns, name) < std::tie(best_facts.modified_ns, *best)) {
      best = &name;
      best_facts = *facts;
    }
  }
  seen_.swap(still);
  if (!best) return false;
  looked_ = true;
  begin(base::join_path(config_.folder, *best), best_facts, known ? place_.offset : 0);
  return place_.offset == 0 || resume();
}

bool Follower::choose_growing() {
  const std::string path = base::join_path(config_.folder, config_.pattern);
  const auto facts = facts_of(path);
  if (facts && place_.number == 0) {
    begin(path, *facts, 0);
    if (config_.from_end && !looked_ && facts->size > 0) {
      // From the last line that is complete; the head line is read all the same.
      std::string tail;
      const std::uint64_t from = facts->size > kChunk ? facts->size - kChunk : 0;
      read_file(path, from, kChunk, tail);
      const std::size_t end = tail.rfind('\n');
      place_.offset = end == std::string::npos ? from : from + end + 1;
      remember_head();
    }
    looked_ = true;
    return place_.offset == 0 || resume();
  }
  looked_ = true;
  if (facts && same_file(path, *facts)) {
    begin(path, *facts, place_.offset);
    return place_.offset == 0 || resume();
  }
  if (place_.number == 0) return false;
  if (facts && facts->number == place_.number) {
    tell(path + " was truncated or written anew: read from its start");
    begin(path, *facts, 0);
    return true;
  }
  // Renamed: read to its end under its other name first.
  std::string problem;
  if (const auto names = list_folder(config_.folder, &problem))
    for (const std::string& name : *names) {
      const std::string other = base::join_path(config_.folder, name);
      const auto there = facts_of(other);
      if (!there || !same_file(other, *there)) continue;
      begin(other, *there, place_.offset);
      last_ = facts.has_value() && settled(name, *there);
      return place_.offset == 0 || resume();
    }
  if (!facts) return false;
  tell(place_.name + " is gone; what it held behind byte " + std::to_string(place_.offset) + " was not read");
  begin(path, *facts, 0);
  return true;
}

bool Follower::choose() {
  if (!path_.empty() && !config_.tail) return true;
  if (config_.tail && !path_.empty()) {
    // Still what it was?
    const auto facts = facts_of(path_);
    const std::string usual = base::join_path(config_.folder, config_.pattern);
    if (facts && same_file(path_, *facts)) {
      // Under another name it is done when there is a new one and nothing has come for a while.
      if (path_ != usual) last_ = facts_of(usual) && settled(place_.name, *facts);
      return true;
    }
    const std::string held = std::move(buffer_);
    const std::uint64_t line = line_, offset = place_.offset;
    const bool head = need_head_, skipping = skipping_;
    const FilePlace place = place_;
    path_.clear();
    if (!choose_growing()) return false;
    if (place_.number == place.number && place_.offset == offset) {
      // The same file under another name: go on in the middle of the line.
      buffer_ = held;
      line_ = line;
      need_head_ = head;
      skipping_ = skipping;
    }
    return true;
  }
  return config_.tail ? choose_growing() : choose_dropped();
}

void Follower::remember_head() {
  const auto wanted = static_cast<std::uint32_t>(std::min<std::uint64_t>(kHeadBytes, place_.offset));
  if (wanted <= place_.head_bytes) return;
  std::string head;
  if (!read_file(path_, 0, wanted, head).empty() || head.size() != wanted) return;
  place_.head_bytes = wanted;
  place_.head_crc = crc_of(head);
  name_told_ = false;
}

/// One record, or the head line: what it says, and how far that is.
void Follower::take(std::string_view record, tags::Batch& out) {
  const std::uint64_t line = line_ + 1;
  line_ += static_cast<std::uint64_t>(std::count(record.begin(), record.end(), '\n'));
  const std::uint64_t behind = place_.offset + record.size();
  const auto where = [&] { return place_.name + ":" + std::to_string(line) + ": "; };
  if (need_head_) {
    need_head_ = false;
    if (const auto missing = records_.begin_file(record)) tell(where() + *missing);
    place_.offset = behind;
    return;
  }
  if (place_.offset == 0 && record.starts_with("\xEF\xBB\xBF")) record.remove_prefix(3);
  const auto start = [&](const Records::Outcome& outcome) {
    place_.offset = behind;
    remember_head();
    if (!name_told_) out.add_text(config_.file_tag, place_.text());
    name_told_ = true;
    out.add(config_.position_tag, place_.offset);
    if (outcome.bad > 0) {
      tell(where() + outcome.problem);
      errors_ += outcome.bad - 1;
    }
    for (const std::string& problem : pending_told_) out.add_text(config_.problem_tag, problem);
    pending_told_.clear();
  };
  records_.read(record, now_, out, start);
  place_.offset = behind;
}

bool Follower::read_on(tags::Batch& out) {
  std::size_t at = 0, records = 0;
  bool end = false;
  for (;;) {
    const std::string_view left = std::string_view(buffer_).substr(at);
    std::size_t n = skipping_ ? left.find('\n') + 1 : records_.length(left);
    if (skipping_) {
      // The rest of a record that was broken: passed over, whatever its length.
      const std::size_t gone = n > 0 ? n : left.size();
      line_ += n > 0;
      place_.offset += gone;
      at += gone;
      skipping_ = n == 0;
      if (n > 0) continue;
    } else if (n == 0 && left.size() >= kMostRecord) {
      n = left.find('\n') + 1;
      tell(place_.name + ":" + std::to_string(line_ + 1) + ": " +
           (n > 0 ? "a quote is not closed" : "a line without end"));
      skipping_ = true;
      continue;
    }
    if (n > 0) {
      take(left.substr(0, n), out);
      at += n;
      if (++records >= kMostRecords) break;
      continue;
    }
    buffer_.erase(0, at);
    at = 0;
    const std::size_t before = buffer_.size();
    if (std::string why = read_file(path_, place_.offset + before, kChunk, buffer_); !why.empty()) {
      tell(why);
      if (!facts_of(path_)) path_.clear();
      return false;
    }
    if (buffer_.size() > before) continue;
    end = true;
    break;
  }
  buffer_.erase(0, at);
  if (!end) return true;
  // The end, for now. In a file that is complete a line needs no end of its own.
  const bool complete = !config_.tail || last_;
  if (!complete) return false;
  if (!buffer_.empty() && !skipping_) {
    std::string rest;
    rest.swap(buffer_);
    if (config_.format == FileFormat::csv && rest.find('\n') != std::string::npos &&
        records_.length(rest + "\n") == 0) {
      // A quote that is never closed took the lines behind it: they count without it.
      tell(place_.name + ":" + std::to_string(line_ + 1) + ": a quote is not closed");
      const std::size_t first = rest.find('\n') + 1;
      ++line_;
      place_.offset += first;
      buffer_ = rest.substr(first);
      return true;
    }
    take(rest, out);
  }
  if (config_.tail) {
    // The old file is done; the next look finds the new one.
    path_.clear();
    place_ = {};
    return true;
  }
  finished_ = true;
  return false;
}

bool Follower::step(const tags::Times& now, tags::Batch& out) {
  now_ = now;
  out.clear();
  if (finished_ || !choose()) return false;
  return read_on(out);
}

void Follower::put_away() {
  if (!finished_) return;
  if (const auto facts = facts_of(path_); facts && facts->size > place_.offset) {
    tell(place_.name + " has grown after it was read to its end");
    finished_ = false;
    return;
  }
  if (std::string why = move_into(path_, config_.done); !why.empty()) {
    // Not gone: nothing else is read before, or it would be read twice one day.
    const auto facts = facts_of(path_);
    if (facts) {
      tell(why);
      return;
    }
  }
  finished_ = false;
  path_.clear();
}

}  // namespace bondline::gateway
