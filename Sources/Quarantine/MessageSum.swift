// Tells a message from another that has come by the same name.
// Must not be taken for a proof: whoever wants two messages with one sum can make them.

/// How many octets a message has, and a sum of them (FNV-1a).
struct MessageSum: Equatable {
    private var count = 0
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ octets: Span<UInt8>) {
        count += octets.count
        for index in octets.indices { hash = (hash ^ UInt64(octets[index])) &* 0x0000_0100_0000_01B3 }
    }

    /// A word of a mark.
    var text: String { "octets=\(count),sum=\(String(hash, radix: 16))" }
}
