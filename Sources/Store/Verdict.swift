// What was found out about a message.
// Must not be understood here: the payload is its owner's.

/// A verdict as it is remembered.
package struct StoredVerdict: Sendable, Hashable {
    /// Octets that the client gets, as LIST says them; nil if nobody knows. Unknown is not zero.
    package var size: Int?
    /// The verdict and the edits, in a form that its owner can read again; at most 64 KiB.
    package var payload: [UInt8]

    package init(size: Int?, payload: [UInt8]) {
        self.size = size
        self.payload = payload
    }

    var isWithinLimits: Bool { payload.count <= StoreLimits.payloadOctets && (size ?? 0) >= 0 }
}
