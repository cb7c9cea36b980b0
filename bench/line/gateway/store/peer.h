// The log's peer: rows into SQLite with the same promise (on disk when the commit returns).
#pragma once
#include <string>

/// Rows per second of `rows` inserts (tag, time, value, quality) in transactions of `batch`,
/// journal_mode=WAL, synchronous=FULL; negative when the peer is not built in.
double sqlite_rows_per_second(const std::string& file, int rows, int batch);
