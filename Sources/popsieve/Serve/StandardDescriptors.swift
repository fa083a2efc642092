// Standard input, output and error, where whoever started the process has closed them.
// Must not touch one that is open.

import Glibc
import SystemPackage

/// The descriptors 0, 1 and 2.
enum StandardDescriptors {
    /// Sees to it that nothing else gets their numbers: audit lines would go into a connection, or messages into the log.
    /// To be called before anything is opened.
    static func reserve() {
        for number: Int32 in 0...2 where fcntl(number, F_GETFD) < 0 {
            // For reading only, so that writing fails as it does on a closed one.
            guard let opened = try? FileDescriptor.open(FilePath("/dev/null"), .readOnly) else { return }
            // The lowest number that is free is taken: this one, unless something else is quicker.
            if opened.rawValue > 2 { try? opened.close() }
        }
    }
}
