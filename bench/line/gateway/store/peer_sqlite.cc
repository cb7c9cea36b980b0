#include <sqlite3.h>

#include <chrono>

#include "peer.h"

double sqlite_rows_per_second(const std::string& file, int rows, int batch) {
  sqlite3* db = nullptr;
  if (sqlite3_open(file.c_str(), &db) != SQLITE_OK) return -1;
  const auto run = [&](const char* sql) {
    return sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
  };
  if (!run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE s(tag INT, time INT, value REAL, "
           "quality INT)"))
    return -1;
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(db, "INSERT INTO s VALUES(?,?,?,?)", -1, &insert, nullptr);
  const auto began = std::chrono::steady_clock::now();
  for (int row = 0; row < rows;) {
    run("BEGIN");
    for (int i = 0; i < batch && row < rows; ++i, ++row) {
      sqlite3_bind_int(insert, 1, row % 1000);
      sqlite3_bind_int64(insert, 2, row);
      sqlite3_bind_double(insert, 3, 0.1 * (row % 977));
      sqlite3_bind_int(insert, 4, 0);
      sqlite3_step(insert);
      sqlite3_reset(insert);
    }
    run("COMMIT");
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  sqlite3_finalize(insert);
  sqlite3_close(db);
  return rows / took.count();
}
