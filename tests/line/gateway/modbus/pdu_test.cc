// The specification's own examples, byte for byte (MODBUS Application Protocol V1.1b3, 2012), and what must
// be refused.
#include "line/gateway/modbus/pdu.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

using namespace bondline::modbus;

namespace {

std::vector<std::uint8_t> bytes_of(const std::string& hex) {
  std::vector<std::uint8_t> bytes;
  std::istringstream in(hex);
  for (unsigned byte; in >> std::hex >> byte;) bytes.push_back(static_cast<std::uint8_t>(byte));
  return bytes;
}

/// The example goes through all four codecs: our request is its request, its answer reads well, its request
/// read by a server is ours, and our server's answer is its answer.
void check_example(const Request& request, const std::string& request_hex, const std::string& response_hex) {
  const auto wanted = bytes_of(request_hex), answer = bytes_of(response_hex);
  PduBuffer buffer;
  const std::size_t n = encode(request, buffer);
  ASSERT_EQ(std::vector<std::uint8_t>(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n)),
            wanted);
  Response response;
  const char* problem = decode(answer, request, response);
  ASSERT_EQ(problem, nullptr) << problem;
  Request heard;
  ASSERT_FALSE(decode_request(wanted, heard));
  EXPECT_EQ(heard.function, request.function);
  EXPECT_EQ(heard.address, request.address);
  PduBuffer ours;
  const std::size_t m = response.exception ? encode_exception(wanted[0], *response.exception, ours)
                                           : encode_response(heard, response.data, ours);
  EXPECT_EQ(std::vector<std::uint8_t>(ours.begin(), ours.begin() + static_cast<std::ptrdiff_t>(m)), answer);
}

Request read(Function function, std::uint16_t address, std::uint16_t count) {
  Request request;
  request.function = function;
  request.address = address;
  request.count = count;
  return request;
}

}  // namespace

TEST(ModbusPdu, MatchesTheSpecificationsExamples) {
  check_example(read(Function::read_coils, 0x13, 0x13), "01 00 13 00 13", "01 03 CD 6B 05");
  check_example(read(Function::read_discrete_inputs, 0xC4, 0x16), "02 00 C4 00 16", "02 03 AC DB 35");
  check_example(read(Function::read_holding_registers, 0x6B, 3), "03 00 6B 00 03", "03 06 02 2B 00 00 00 64");
  check_example(read(Function::read_input_registers, 8, 1), "04 00 08 00 01", "04 02 00 0A");
  Request coil;
  coil.function = Function::write_single_coil;
  coil.address = 0xAC;
  coil.value = 0xFF00;
  check_example(coil, "05 00 AC FF 00", "05 00 AC FF 00");
  Request single;
  single.function = Function::write_single_register;
  single.address = 1;
  single.value = 3;
  check_example(single, "06 00 01 00 03", "06 00 01 00 03");
  const auto coils = bytes_of("CD 01");
  Request many_coils = read(Function::write_multiple_coils, 0x13, 10);
  many_coils.data = coils;
  check_example(many_coils, "0F 00 13 00 0A 02 CD 01", "0F 00 13 00 0A");
  const auto registers = bytes_of("00 0A 01 02");
  Request many = read(Function::write_multiple_registers, 1, 2);
  many.data = registers;
  check_example(many, "10 00 01 00 02 04 00 0A 01 02", "10 00 01 00 02");
  Request mask;
  mask.function = Function::mask_write_register;
  mask.address = 4;
  mask.and_mask = 0xF2;
  mask.or_mask = 0x25;
  check_example(mask, "16 00 04 00 F2 00 25", "16 00 04 00 F2 00 25");
  const auto three = bytes_of("00 FF 00 FF 00 FF");
  Request both = read(Function::read_write_multiple_registers, 3, 6);
  both.write_address = 14;
  both.write_count = 3;
  both.data = three;
  check_example(both, "17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF",
                "17 0C 00 FE 0A CD 00 01 00 03 00 0D 00 FF");
  check_example(read(Function::read_coils, 0x4A1, 1), "01 04 A1 00 01", "81 02");
}

TEST(ModbusPdu, MatchesTheTranscribedVectors) {
  const char* data = std::getenv("BONDLINE_DATA");
  std::ifstream in(std::string(data ? data : BONDLINE_SOURCE_DIR "/../shared/data") +
                   "/gateway/spec/modbus_v1_1b3_examples.json");
  if (!in) GTEST_SKIP() << "the folder of real inputs is not there";
  int checked = 0;
  const auto document = nlohmann::json::parse(in);
  for (const auto& vector : document.at("vectors")) {
    const auto request = bytes_of(vector.at("request_pdu")), response = bytes_of(vector.at("response_pdu"));
    Request heard;
    ASSERT_FALSE(decode_request(request, heard));
    check_example(heard, vector.at("request_pdu"), vector.at("response_pdu"));
    ++checked;
  }
  EXPECT_EQ(checked, 7);
}

TEST(ModbusPdu, ReadsADeviceIdentification) {
  Request request;
  request.function = Function::encapsulated_interface;
  request.id_code = 1;
  request.object = 0;
  // 6.21's example: company, product code, version.
  std::string objects;
  for (const auto& [id, text] : std::vector<std::pair<char, std::string>>{
           {0, "Company identification"}, {1, "Product code XX"}, {2, "V2.11"}})
    objects += std::string(1, id) + static_cast<char>(text.size()) + text;
  std::vector<std::uint8_t> answer = bytes_of("2B 0E 01 01 00 00 03");
  answer.insert(answer.end(), objects.begin(), objects.end());
  Response response;
  const char* problem = decode(answer, request, response);
  ASSERT_EQ(problem, nullptr) << problem;
  std::vector<std::string> seen;
  auto list = response.data;
  while (auto object = next_object(list)) seen.emplace_back(object->value);
  EXPECT_EQ(seen, (std::vector<std::string>{"Company identification", "Product code XX", "V2.11"}));
}

TEST(ModbusPdu, RefusesAnswersThatAreNotToTheQuestion) {
  const Request request = read(Function::read_holding_registers, 0x6B, 3);
  Response response;
  for (const char* answer : {"", "03", "03 06 02 2B 00 00 00", "03 06 02 2B 00 00 00 64 00",
                             "03 04 02 2B 00 00", "04 06 02 2B 00 00 00 64", "83", "84 02", "83 02 00"})
    EXPECT_NE(decode(bytes_of(answer), request, response), nullptr) << answer;
  Request single;
  single.function = Function::write_single_register;
  single.address = 1;
  single.value = 3;
  EXPECT_NE(decode(bytes_of("06 00 01 00 04"), single, response), nullptr) << "an echo with another value";
  EXPECT_NE(decode(bytes_of("06 00 02 00 03"), single, response), nullptr) << "an echo with another address";
}

TEST(ModbusPdu, AServerAnswersBrokenRequestsWithTheSpecifiedExceptions) {
  Request heard;
  EXPECT_EQ(decode_request(bytes_of("03 00 00 00 7E"), heard), Exception::illegal_data_value)
      << "126 registers";
  EXPECT_EQ(decode_request(bytes_of("03 00 00 00 00"), heard), Exception::illegal_data_value);
  EXPECT_EQ(decode_request(bytes_of("01 00 00 07 D1"), heard), Exception::illegal_data_value) << "2001 coils";
  EXPECT_EQ(decode_request(bytes_of("05 00 AC 12 34"), heard), Exception::illegal_data_value);
  EXPECT_EQ(decode_request(bytes_of("10 00 01 00 02 04 00 0A 01"), heard), Exception::illegal_data_value)
      << "cut off";
  EXPECT_EQ(decode_request(bytes_of("03 FF FF 00 02"), heard), Exception::illegal_data_address)
      << "beyond 65535";
  EXPECT_EQ(decode_request(bytes_of("63 00 00"), heard), Exception::illegal_function);
}

TEST(ModbusPdu, NoBytesMakeTheDecodersReadBeyondTheirEnd) {
  std::mt19937 random(11);
  for (int round = 0; round < 200000; ++round) {
    std::vector<std::uint8_t> bytes(random() % 24);  // exactly sized: sanitizers see one byte too many
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % 5 ? random() % 24 : random());
    Request request;
    const auto refused = decode_request(bytes, request);
    if (!refused) {
      PduBuffer buffer;
      const std::size_t n = encode(request, buffer);
      EXPECT_EQ(std::vector<std::uint8_t>(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n)),
                bytes)
          << "what is read is written back";
    }
    Response response;
    decode(bytes, request, response);
  }
}
