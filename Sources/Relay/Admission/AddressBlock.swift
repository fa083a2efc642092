// What counts as one place on the network.
// Must not look anything up.

package import Transport

/// What one customer of a provider has, and can change within as he likes: an IPv4 address, or an IPv6 network of 64 bits.
package struct AddressBlock: Hashable, Sendable {
    private let bits: UInt64
    private let isIPv4: Bool

    package init(_ address: IPAddress) {
        bits = address.isIPv4 ? address.low : address.high
        isIPv4 = address.isIPv4
    }
}
