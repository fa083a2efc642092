// The bounds of what is held back while rules or scanners look at it: name, default, reason.
// Must not hold a bound of what streams.

package import NIOCore
import SystemPackage

/// How much of messages may be held, in octets unless said otherwise, and where.
package struct HoldingLimits: Sendable, Equatable {
    /// Where the files lie of what is too large for memory; they have no names, so that none is left behind. Where there
    /// is a disk: on many machines `/tmp` is memory.
    package var folder = "/var/tmp"
    /// Of one message in memory; what is more lies in a file. Nine of ten messages are smaller.
    package var memory = 262_144
    /// Of one message in all. What is larger can't be judged whole. Few servers take more than 50 MB from a sender.
    package var message = 104_857_600
    /// Of all messages in memory.
    package var memoryInAll = 134_217_728
    /// Of all messages in files.
    package var filesInAll = 4_294_967_296
    /// What waits to be written to a message's file; beyond it nothing is read from the upstream.
    package var unwritten = 262_144
    /// Of a message's file that are read at a time on their way to the client.
    package var read = 262_144
    /// Reads of all sessions of an event loop before it looks at its connections again: about a millisecond's work.
    package var turn = 8
    /// A message of so many octets, or fewer, is judged where its session runs: to hand it to another thread takes longer.
    package var judgedAtOnce = 16_384
    /// After so long without an octet the client gets a header line, so that it does not give up. Some give up after 20
    /// seconds, most after 60 or more (RFC 1939 section 3 wants 10 minutes of a server).
    package var patience = TimeAmount.seconds(8)

    package init() {}

    /// Makes a file in the folder, as for a message; it has no name, and is gone at once.
    package func checkFolder() throws(UnusableFolder) {
        do throws(HoldingError) {
            _ = try HeldFile(in: FilePath(folder))
        } catch {
            if case .failed(let reason) = error { throw UnusableFolder(description: reason) }
        }
    }

    /// No message can be put there.
    package struct UnusableFolder: Error, CustomStringConvertible {
        package let description: String
    }
}
