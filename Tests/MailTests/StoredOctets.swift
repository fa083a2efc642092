// Octets that lie in no array of the message's: what a mapped file is to the relay.
// Must not know what they mean.

import Mail

final class StoredOctets: OctetStorage {
    private let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    var count: Int { octets.count }

    func withOctets<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        let octets = octets
        return try body(octets.span)
    }
}
