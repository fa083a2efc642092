// Messages that scanners react to.
// Must not hold anything harmful: the EICAR file and GTUBE exist to be found.

import Foundation
package import NIOCore

/// The test file of the antivirus industry, put together here so that nobody's scanner removes this source.
package enum Eicar {
    package static let file = #"X5O!P%@AP[4\PZX54(P^)7CC)7}"# + "$EICAR-STANDARD-ANTIVIRUS" + "-TEST-FILE!$H+H*"

    /// It, packed into a zip archive without compression.
    package static func zip(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let (name, size) = (Array(name.utf8), UInt32(content.count))
        var common = ByteBuffer()
        common.writeMultipleIntegers(UInt16(20), UInt32(0), UInt32(0), endianness: .little)
        common.writeMultipleIntegers(CRC32.of(content), size, size, endianness: .little)
        common.writeMultipleIntegers(UInt16(name.count), UInt16(0), endianness: .little)
        var archive = ByteBuffer()
        archive.writeInteger(UInt32(0x0403_4B50), endianness: .little)
        archive.writeBytes(common.readableBytesView + name + content)
        let directory = UInt32(archive.readableBytes)
        archive.writeMultipleIntegers(UInt32(0x0201_4B50), UInt16(20), endianness: .little)
        archive.writeBytes(common.readableBytesView + [UInt8](repeating: 0, count: 14) + name)
        let length = UInt32(archive.readableBytes) - directory
        archive.writeMultipleIntegers(UInt32(0x0605_4B50), UInt32(0), UInt16(1), UInt16(1), endianness: .little)
        archive.writeMultipleIntegers(length, directory, UInt16(0), endianness: .little)
        return Array(archive.readableBytesView)
    }
}

/// The check sum of zip archives.
private enum CRC32 {
    static func of(_ octets: [UInt8]) -> UInt32 {
        var sum = ~UInt32(0)
        for octet in octets {
            sum ^= UInt32(octet)
            for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}

/// Whole messages.
package enum Sample {
    package static let header =
        "From: a@example.com\r\nTo: b@example.com\r\nSubject: hello\r\nMIME-Version: 1.0\r\n"
        + "Date: Thu, 26 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n"
    package static let gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*" + "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"

    package static func text(_ body: String) -> ByteBuffer { ByteBuffer(string: header + "\r\n" + body + "\r\n") }

    /// As a provider hands it out: the newest Received line is the provider's own.
    package static let received = ByteBuffer(
        string: "Received: from mx.example.org (mx.example.org [192.0.2.55]) by mail.example.com with ESMTPS id 1"
            + " for <b@example.com>; Thu, 26 Nov 2026 12:00:00 +0000\r\n" + header + "\r\nhow are you?\r\n"
    )

    /// With a file attached in base64.
    package static func attachment(_ name: String, _ content: [UInt8]) -> ByteBuffer {
        let body = Data(content).base64EncodedString(options: [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ])
        return ByteBuffer(
            string: """
                \(header)Content-Type: multipart/mixed; boundary="b"\r
                \r
                --b\r
                \r
                see the file\r
                --b\r
                Content-Type: application/octet-stream; name="\(name)"\r
                Content-Disposition: attachment; filename="\(name)"\r
                Content-Transfer-Encoding: base64\r
                \r
                \(body)\r
                --b--\r

                """
        )
    }

    /// So many octets of a message without anything in it.
    package static func large(_ count: Int) -> ByteBuffer {
        var message = text("")
        let line = String(repeating: "x", count: 70) + "\r\n"
        while message.readableBytes < count { message.writeString(line) }
        return message.getSlice(at: 0, length: count) ?? message
    }
}
