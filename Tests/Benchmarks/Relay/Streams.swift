// The standard streams of the benchmark and of the processes that it starts: results, progress, and the sign to end.
// Must not keep anything back: others wait for what is said.

import Foundation

enum Streams {
    static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    /// For people, who want to know how far it is.
    static func tell(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    /// Returns when whoever started this process has closed the other end of its input, or is gone.
    static func inputEnded() async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                _ = try? FileHandle.standardInput.readToEnd()
                continuation.resume()
            }
        }
    }
}
