// Reads standard input on a thread of its own, so that nothing else waits for a person.
// Must not know what is read.

import Foundation

enum DetachedReader {
    /// - Parameter take: gets what has come; nil at the end
    static func start(_ take: @escaping @Sendable ([UInt8]?) -> Void) {
        Thread.detachNewThread {
            while let octets = try? StandardInput.read(), !octets.isEmpty { take(octets) }
            take(nil)
        }
    }
}
