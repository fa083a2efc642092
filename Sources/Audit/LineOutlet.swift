// Where a backlog's lines go: one case for each way out.
// Must not wait for a reader.

import SystemPackage

/// What takes lines.
package enum LineOutlet: ~Copyable {
    /// A file, a pipe, a terminal, as it is.
    case descriptor(Descriptor)
    /// A regular file that is looked after.
    case file(LogFile)
    case syslog(SyslogSender)
    case journal(JournalSender)

    /// What takes the lines needs a line end first, so that the next one stays whole.
    var endsWithinLine: Bool {
        switch self {
        case .descriptor(let descriptor): descriptor.endsWithinLine
        case .file: false
        case .syslog: false
        case .journal: false
        }
    }

    /// Why a file can't be rotated, and grows; nil where all is well.
    var growth: String? {
        switch self {
        case .file(let file): file.growth
        case .descriptor: nil
        case .syslog: nil
        case .journal: nil
        }
    }

    /// Takes whole lines from `start` on; says where it came to and, if that is not the end, why.
    ///
    /// A descriptor may come to the middle of a line, and is given the rest of it next; for all others `start` is where
    /// it came to before, unless lines before it have gone.
    mutating func write(_ bytes: [UInt8], from start: Int) -> (end: Int, failure: Errno?) {
        switch consume self {
        case .descriptor(let descriptor):
            let result = descriptor.write(bytes, from: start)
            self = .descriptor(descriptor)
            return result
        case .file(var file):
            let result = file.write(bytes, from: start)
            self = .file(file)
            return result
        case .syslog(var sender):
            let result = sender.write(bytes, from: start)
            self = .syslog(sender)
            return result
        case .journal(var sender):
            let result = sender.write(bytes, from: start)
            self = .journal(sender)
            return result
        }
    }

    /// What has to be known of the outlet before, so that a chain goes on.
    mutating func follow(_ before: borrowing LineOutlet) {
        switch consume self {
        case .file(var file):
            switch before {
            case .file(let old): file.follow(old)
            case .descriptor: break
            case .syslog: break
            case .journal: break
            }
            self = .file(file)
        case let other: self = other
        }
    }
}
