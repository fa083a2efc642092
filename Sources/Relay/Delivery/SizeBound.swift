// A bound that a message is beyond: how many octets, and which setting says so.
// Must not decide what becomes of the message.

/// Each bound of a message's size is another setting, and whoever is told of it wants to know which.
struct SizeBound: Equatable {
    enum Setting: String {
        /// Whoever set it wants no larger messages.
        case sizeLimit = "size-limit"
        /// Nobody can look at more.
        case holding = "holding.message"
        /// The original could not be kept, even if nothing else were.
        case quarantine = "quarantine.size"
    }

    let octets: Int
    let setting: Setting

    /// The limit that somebody has set for messages.
    static func setting(_ octets: Int) -> SizeBound { SizeBound(octets: octets, setting: .sizeLimit) }

    /// For the client and the audit log: one line of printable ASCII, short enough for a line of a notice.
    var reason: String { "The message is larger than the \(octets) octets that \(setting.rawValue) allows" }
}
