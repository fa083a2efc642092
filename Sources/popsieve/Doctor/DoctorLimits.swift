// Bounds of what the doctor takes from a server.
// Must not be settings: nobody asks it for more.

import NIOCore

enum DoctorLimits {
    /// Octets of a line; RFC 2449 allows 512, challenges are longer.
    static let line = 16_384
    /// Octets of all that a server says: the header of a message is the most of it.
    static let octets = 4 << 20
    /// From a list's first line, or a header's, to its end.
    static let list = TimeAmount.seconds(15)
    /// Seconds that the farewell may take.
    static let farewell: Int64 = 5
    /// Octets of an excerpt of what a server has said.
    static let excerpt = 160
    /// Days before the end of a certificate from which on it is told.
    static let days = 14
    /// Octets of free space below which a disk is called full.
    static let space: Int64 = 64 << 20
    /// Seconds that a file may be younger than now: clocks of file servers differ a little.
    static let skew: Int64 = 60
}
