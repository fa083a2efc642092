// Lines read back: what the encoder wrote, in any pieces, among foreign and broken ones.
// Must not touch files.

import Audit
import Foundation
import Testing

@Suite struct AuditReaderTests {
    @Test func everythingThatWasWrittenComesBackCutAtEveryByte() throws {
        let hostile = Array("a\"\\\n\u{1B}\u{202E}é😀\u{E0041}".utf8)
        let written = lines([
            .protocolViolation(.init(session: session, side: .client, name: "n", detail: hostile)),
            event(2),
            .sessionClosed(.init(session: session, side: .client, reason: "quit", milliseconds: 1500)),
        ]).bytes
        for cut in 0...written.count {
            var reader = AuditReader()
            let entries = reader.read(Array(written[..<cut])) + reader.read(Array(written[cut...]))
            let records = entries.compactMap { entry in
                if case .record(let record) = entry { record } else { nil }
            }
            try #require(records.count == 3)
            #expect(records[0].text("detail") == String(decoding: hostile, as: UTF8.self))
            #expect(records[0].time == moment)
            #expect(records[1].number("number") == 2)
            #expect(records[1].event == "deleted")
            #expect(records[2].fields["seconds"]?.quantity == 1.5)
            #expect(reader.finish() == nil)
        }
    }

    @Test func foreignAndHalfLinesAreShownAsWhatTheyAre() {
        var reader = AuditReader()
        let text = """
            {"v":2,"event":"quantum_leap","new":{"a":[1,null,true,2.5e3]},"session":7}

            {"v":1,"ti
            not json
            {"v":1,"time":"yesterday"}
            {"v":1,"event":"deleted"
            """
        let entries = reader.read(Array(text.utf8))
        #expect(entries.count == 4)
        guard case .record(let record) = entries.first else {
            Issue.record("no record")
            return
        }
        #expect(record.event == "quantum_leap")
        #expect(record.time == nil)
        #expect(record.text("session") == nil)
        #expect(record.fields["new"]?["a"]?.list == [.number(1), .null, .truth(true), .fraction(2500)])
        #expect(entries[1] == .unreadable(Array(#"{"v":1,"ti"#.utf8)))
        #expect(entries[2] == .unreadable(Array("not json".utf8)))
        #expect(entries[3] == .unreadable(Array(#"{"v":1,"time":"yesterday"}"#.utf8)))
        #expect(reader.finish() == .unreadable(Array(#"{"v":1,"event":"deleted""#.utf8)))
    }

    @Test func lineBeyondTheLimitIsSkippedAndTheNextIsRead() throws {
        var reader = AuditReader()
        let long = [UInt8](repeating: UInt8(ascii: "a"), count: AuditReader.lineLimit / 2 + 1)
        var entries = reader.read(long) + reader.read(long) + reader.read(long)
        entries += reader.read(Array("a\n".utf8) + lines([event(5)]).bytes)
        let record = try #require(AuditRecord(line: lines([event(5)]).bytes.dropLast()))
        #expect(entries == [.record(record)])
    }

    @Test(
        arguments: [
            "", " ", "{", "}", "[", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "\"", "\"\\", "\"\\u12",
            "\"\\u12g4\"",
            "\"\\x\"", "tru", "nul", "-", "1x", "\"a\nb\"", "[1]]", String(repeating: "[", count: 100_000),
            String(repeating: "{\"a\":", count: 33),
        ]
    )
    func noJSON(text: String) {
        #expect(AuditValue(parsing: Array(text.utf8)) == nil)
    }

    @Test(
        arguments: [
            ("0", .number(0)), ("-12", .number(-12)), ("1.5", .fraction(1.5)), ("1e2", .fraction(100)),
            ("99999999999999999999", .fraction(1e20)), ("true", .truth(true)), ("false", .truth(false)),
            (" null ", .null),
            ("[]", .list([])), ("{}", .object([:])), ("[ 1 , \"a\" ]", .list([.number(1), .text("a")])),
            ("{ \"a\" : { } }", .object(["a": .object([:])])),
            (#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, .text("\"\\/\u{8}\u{c}\n\r\té😀")),
            (#""\ud83d""#, .text("\u{FFFD}")), (#""\ud83dx""#, .text("\u{FFFD}x")),
            (#""\ud83d\u0041""#, .text("\u{FFFD}A")), (#""\ude00""#, .text("\u{FFFD}")),
        ] as [(String, AuditValue)]
    )
    func json(text: String, expected: AuditValue) {
        #expect(AuditValue(parsing: Array(text.utf8)) == expected)
    }

    @Test(
        arguments: [
            "1970-01-01T00:00:00.000000Z", "2000-02-29T23:59:59.999999Z", "2026-11-23T08:15:04.123456Z",
            "9999-12-31T23:59:59.000001Z",
        ]
    )
    func timeComesBack(text: String) throws {
        var lines = AuditLines()
        lines.append(event(1), at: try #require(AuditTime(text)))
        #expect(String(decoding: lines.bytes, as: UTF8.self).contains(#""time":"\#(text)""#))
    }

    @Test(
        arguments: [
            "", "2026-11-23T08:15:04Z", "2026-02-30T08:15:04.123456Z", "2026-13-01T08:15:04.123456Z",
            "2026-00-01T08:15:04.123456Z", "1969-12-31T23:59:59.999999Z", "2026-11-23T08:15:04.12345６Z",
            "2026-11-23 08:15:04.123456Z", "-026-11-23T08:15:04.123456Z",
        ]
    )
    func noTime(text: String) {
        #expect(AuditTime(text) == nil)
    }
}
