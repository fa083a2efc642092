// A message is read and rewritten the same wherever its octets lie, and what stays is not copied.

import Foundation
import Testing

@testable import Mail

struct MessageOctetsTests {
    private static func crlf(_ text: String) -> [UInt8] { Array(text.replacing("\n", with: "\r\n").utf8) }

    private static let mixed = crlf(
        """
        Subject: =?utf-8?q?=C3=A4?=
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: text/html; charset=iso-8859-1
        Content-Transfer-Encoding: quoted-printable

        <p>a=E4 soft=
         line</p>
        --b
        Content-Type: application/octet-stream; name=a
        Content-Transfer-Encoding: base64

        AAECAwQF
        --b
        Content-Type: application/octet-stream
        Content-Transfer-Encoding: x-uuencode

        begin 644 a
        #0V%T
        end
        --b
        Content-Type: message/rfc822
        Content-Transfer-Encoding: base64

        QTogMQ0KDQpi
        --b--

        """
    )

    private static let messages: [[UInt8]] = [
        mixed, [], crlf("\nbody\n"), crlf("A: 1\n"), crlf("From x\nA: 1\n\n"),
        crlf("Content-Type: multipart/x; boundary=b\n--b\nA: 1\n--b--\n"),
        mixed + [0, 0xFF] + crlf("--b\n--b-- \n--bored\n" + String(repeating: "-", count: 99)),
    ]

    @Test(arguments: messages, [Message.BoundaryReading.strict, .lenient])
    func aStoredMessageIsReadAsOneInAnArray(octets: [UInt8], reading: Message.BoundaryReading) {
        for end in 0...octets.count {
            let octets = Array(octets[..<end])
            let array = Message(octets, boundaries: reading)
            let stored = Message(MessageOctets(StoredOctets(octets)), boundaries: reading)
            #expect(stored.allDefects() == array.allDefects())
            #expect(stored.parts.map(\.headerRange) == array.parts.map(\.headerRange))
            #expect(stored.parts.map(\.body) == array.parts.map(\.body))
            #expect(stored.parts.map { stored.text(of: $0) } == array.parts.map { array.text(of: $0) })
            #expect(Rewriting(stored).rendered().joined() == octets)
        }
    }

    /// Those that are within the header of a part count from its beginning, and are told from the message's.
    @Test func defectsOfAPartHaveTheirPlaceInTheMessage() {
        let part = "--b\nB: 2\nbroken\nSubject: =?utf-8?x?a?=\n\n--b--\n"
        let octets = Self.crlf("A: 1\nContent-Type: multipart/x; boundary=b\n\n" + part)
        let text = String(decoding: octets, as: UTF8.self)
        let message = Message(octets)
        for (kind, place) in [(Defect.Kind.missingColon, "broken"), (.malformedEncodedWord, "Subject")] {
            let start = text.range(of: place).map { text.utf8.distance(from: text.startIndex, to: $0.lowerBound) }
            #expect(message.allDefects().first { $0.kind == kind }?.offset == start)
        }
    }

    // MARK: Pieces

    @Test func replacingOnePartOfALargeMessageMakesThatPart() throws {
        let line = String(repeating: "QUJD", count: 19) + "\n"
        let head = "A: 1\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nbad\n--b\n\n"
        let octets = Self.crlf(head + String(repeating: line, count: 10_000) + "\n--b--\n")
        let message = Message(MessageOctets(StoredOctets(octets)))
        var rewriting = Rewriting(message)
        var header = message.header
        try header.add(name: Array("T".utf8), value: Array("1".utf8))
        rewriting.replaceHeader(with: header)
        let isReplaced = rewriting.replace(message.leaves[0], with: MIMEWriter.textPart(Array("gone".utf8)))
        #expect(isReplaced)
        let pieces = rewriting.rendered()
        let made = pieces.pieces.filter { $0.octets.count < octets.count }
        #expect(made.reduce(0) { $0 + $1.range.count } < 200)
        let joined = pieces.joined()
        #expect(joined.count == pieces.count)
        #expect(Message(joined).text(of: Message(joined).leaves[0]) == Array("gone".utf8))
        #expect(joined.suffix(700_000) == octets.suffix(700_000))
        #expect(pieces.header().rendered() == header.rendered())
    }

    @Test func piecesGoOnBehindAnyOctet() {
        var pieces = MessagePieces()
        for text in ["ab", "", "cde", "f"] { pieces.append(Array(text.utf8)) }
        pieces.append(MessageOctets(StoredOctets(Array("xghx".utf8))), 1..<3)
        for start in 0...9 {
            var rest = MessagePieces()
            rest.append(pieces, from: start)
            #expect(String(decoding: rest.joined(), as: UTF8.self) == "abcdefgh".dropFirst(start))
            #expect(rest.count == max(0, 8 - start))
        }
    }

    @Test(arguments: ["A: 1\n\nbody", "A: 1\n", "A: 1", "\n", ""])
    func aHeaderMayLieInManyPieces(text: String) {
        let octets = Self.crlf(text)
        for cut in 0...octets.count {
            var pieces = MessagePieces(MessageOctets(Array(octets[..<cut])))
            pieces.append(Array(octets[cut...]))
            #expect(pieces.header().rendered() == HeaderBlock(octets).rendered())
        }
    }

    // MARK: Limits

    /// What is copied of a message is bounded, and what is not copied is not judged by what was.
    @Test(arguments: [(0, true), (1, false)])
    func headersAtAndPastTheirLimit(past: Int, isComplete: Bool) {
        let octets = Self.crlf("Content-Type: multipart/x; boundary=b\n\n--b\nA: 1\nB: 2\n\nx\n--b--\n")
        for octets in [MessageOctets(octets), MessageOctets(StoredOctets(octets))] {
            var limits = Limits()
            limits.headerOctets = Message(octets).parts.reduce(0) { $0 + $1.headerRange.count } - past
            let message = Message(octets, limits: limits)
            #expect(message.isComplete == isComplete)
            #expect(message.parts.reduce(0) { $0 + $1.header.bytes.count } <= limits.headerOctets)
            #expect(message.parts.map(\.headerRange) == Message(octets).parts.map(\.headerRange))
        }
    }

    /// What is left out of a text is said, wherever it is asked for.
    @Test(arguments: [
        ("7bit", "0123456789", false), ("7bit", "0123456789x", true), ("quoted-printable", "=30123456789", false),
        ("quoted-printable", "=30123456789x", true), ("base64", "MDEyMzQ1Njc4OQ==", false),
        ("base64", "MDEyMzQ1Njc4OXg=", true),
    ])
    func textAtAndPastItsLimit(encoding: String, body: String, isCut: Bool) {
        var limits = Limits()
        limits.textOctets = 10
        let header = "Content-Type: text/html\nContent-Transfer-Encoding: \(encoding)\n\n"
        let message = Message(Self.crlf(header + body), limits: limits)
        var defects = Defects()
        #expect(message.plainText(of: message.parts[0], noting: &defects) == Array("0123456789".utf8))
        #expect(defects.contains(.tooMuchDecoded) == isCut)
        #expect(message.allDefects().contains { $0.kind.exceedsLimit } == isCut)
        let program = Message(Self.crlf(header.replacing("text/html", with: "x/y") + body), limits: limits)
        #expect(program.text(of: program.parts[0]).count == (isCut ? 11 : 10))
    }

    @Test func noPartIsMadeWhereThereIsNoRoomForItsHeader() {
        var limits = Limits()
        let octets = Self.crlf("Content-Type: multipart/x; boundary=b\n\n--b\nA: 1\n\nx\n--b\nA: 1\n\nx\n--b--\n")
        limits.headerOctets = Message(octets).parts.prefix(2).reduce(0) { $0 + $1.headerRange.count }
        let message = Message(octets, limits: limits)
        #expect(message.parts.count == 2)
        #expect(message.defects.map(\.kind) == [.tooManyParts])
        #expect(!message.isComplete)
    }
}
