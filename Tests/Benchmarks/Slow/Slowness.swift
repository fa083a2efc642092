// How a client can be slow: in which phase of its session it stops to do what is its turn.
// Must not know who is measured.

import ArgumentParser

enum Slowness: String, CaseIterable, ExpressibleByArgument {
    case greeting
    case command
    case reader
    case handshake

    var title: String {
        switch self {
        case .greeting: "silent behind the greeting"
        case .command: "a command at an octet a second"
        case .reader: "asks for 10 MiB and reads nothing"
        case .handshake: "a TLS handshake at an octet a second"
        }
    }

    var path: Path { self == .handshake ? .tls : .plain }

    /// What it says, an octet a second; from the beginning again when all is said.
    var drip: [UInt8] {
        switch self {
        case .greeting, .reader: []
        case .command: Array("USER somebody".utf8)
        // A record of a handshake that is as long as one can be, and the beginning of a ClientHello.
        case .handshake: [0x16, 3, 1, 0x40, 0, 1, 0, 0x3F, 0xFC, 3, 3]
        }
    }

    /// What it says at once when it is greeted.
    var demand: String {
        self == .reader ? "USER user\r\nPASS secret\r\nRETR \(Maildrop.large.lowerBound)\r\n" : ""
    }
}
