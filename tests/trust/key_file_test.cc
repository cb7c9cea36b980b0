#include "trust/key_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace bondline::trust;
namespace fs = std::filesystem;

namespace {

// RFC 8410, sections 10.1 and 10.3: they belong together.
constexpr const char* kPrivate =
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char* kPublic =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n";
// A curve of another kind (P-256), made with openssl 3.0 for this test and used nowhere.
constexpr const char* kOther =
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGtkFKxBQoVCj1I/RWn0euEVIYvZc\n"
    "nX7weWi0j5WxHr0MrVoXJPKDDnqUSAiMba3YPHJeKHSQWSsMKJPCC6gY1A==\n-----END PUBLIC KEY-----\n";

struct Folder {
  fs::path path = fs::temp_directory_path() / ("bondline-keys-" + std::to_string(getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

}  // namespace

TEST(KeyFile, ReadsAndWritesTheKeysOfRfc8410) {
  std::string problem;
  const auto secret = private_key_in(kPrivate, &problem);
  const auto pub = public_key_in(kPublic, &problem);
  ASSERT_TRUE(secret && pub) << problem;
  EXPECT_EQ(public_key_of(*secret), *pub);
  EXPECT_EQ(to_pem(*secret), kPrivate);
  EXPECT_EQ(to_pem(*pub), kPublic);
}

TEST(KeyFile, SaysWhyATextHoldsNoKey) {
  std::string problem;
  EXPECT_FALSE(private_key_in("", &problem));
  EXPECT_NE(problem.find("holds no private key"), std::string::npos) << problem;
  EXPECT_FALSE(private_key_in(kPublic, &problem));
  EXPECT_FALSE(public_key_in(kPrivate, &problem));
  EXPECT_NE(problem.find("private key"), std::string::npos) << problem;
  EXPECT_FALSE(public_key_in(kOther, &problem));
  EXPECT_NE(problem.find("and Ed25519 is needed"), std::string::npos) << problem;
  // Never asks for a password on the terminal.
  EXPECT_FALSE(private_key_in(
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", &problem));
  EXPECT_NE(problem.find("password"), std::string::npos) << problem;
  std::string cut(kPrivate);
  cut.erase(60, 8);
  EXPECT_FALSE(private_key_in(cut, &problem));
}

TEST(KeyFile, KeepsPrivateKeysToTheirOwner) {
  const Folder folder;
  const std::string path = (folder.path / "key.pem").string();
  const PrivateKey key = generate_key();
  ASSERT_EQ(write_private_key(path, key), "");
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  std::string problem;
  const auto read = read_private_key(path, &problem);
  ASSERT_TRUE(read) << problem;
  EXPECT_EQ(public_key_of(*read), public_key_of(key));
  EXPECT_NE(write_private_key(path, key), "") << "never over one that is there";
  for (const mode_t mode : {0640, 0604, 0660, 0620, 0644}) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    EXPECT_FALSE(read_private_key(path, &problem)) << mode;
    EXPECT_NE(problem.find("chmod 600"), std::string::npos) << problem;
  }
  ASSERT_EQ(chmod(path.c_str(), 0400), 0);
  EXPECT_TRUE(read_private_key(path, &problem));
}

TEST(KeyFile, RefusesWhatIsNoPlainFile) {
  const Folder folder;
  std::string problem;
  EXPECT_FALSE(read_private_key(folder.path.string(), &problem));
  EXPECT_FALSE(read_private_key((folder.path / "absent").string(), &problem));
  const std::string pipe = (folder.path / "pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(read_private_key(pipe, &problem)) << "and does not wait for a writer";
  EXPECT_NE(problem.find("plain file"), std::string::npos) << problem;
  std::ofstream(folder.path / "pub.pem") << kPublic;
  EXPECT_TRUE(read_public_key((folder.path / "pub.pem").string(), &problem))
      << "a public key may be read by all";
}
