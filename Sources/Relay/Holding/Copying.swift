// The original of a message on its way into the quarantine, before the client sees what stands in for it.
// Must not be used on an event loop: it returns when the disk has the message.

import Filtering
import Mail
import Quarantine

/// What is to be kept of a message, and where.
struct Copying: Sendable {
    let quarantine: MessageQuarantine
    let folders: [String]
    /// The copies that this session has made.
    let known: [QuarantinedCopy]
    let origin: MessageOrigin
    /// Microseconds from 1970 on.
    let time: Int64

    /// What came of it.
    enum Outcome: Sendable {
        /// Each copy is on the disk.
        case kept([QuarantinedCopy])
        /// What is known to have been kept is not there any more.
        case gone
        /// Somebody has released the message: it is the client's.
        case released
    }

    func run(on source: HeldMessage.Source) -> Result<Outcome, HoldingError> {
        do {
            if try isReleased(source) { return .success(.released) }
            if known.map(\.folder) == folders { return .success(try areThere ? .kept(known) : .gone) }
            // It would never fit.
            let most = quarantine.limits.octets
            guard source.count <= most else { return .failure(.tooLarge(.init(octets: most, setting: .quarantine))) }
            let targets = try folders.map { try QuarantineFolder($0) }
            let identifiers = try source.octets().withOctets { octets in
                try quarantine.put(octets, into: targets[...], origin: origin, at: time)
            }
            return .success(
                .kept(zip(folders, identifiers).map { QuarantinedCopy(folder: $0, identifier: "\($1)") })
            )
        } catch {
            return .failure(error as? HoldingError ?? .failed("quarantine: \(error)"))
        }
    }

    private func isReleased(_ source: HeldMessage.Source) throws -> Bool {
        guard let uidl = origin.uidl else { return false }
        return try source.octets().withOctets { octets in
            try quarantine.isReleased(upstream: origin.upstream, user: origin.user, uidl: uidl, octets: octets)
        }
    }

    private var areThere: Bool {
        get throws {
            try known.allSatisfy { copy in
                guard let identifier = QuarantineIdentifier(copy.identifier) else { return false }
                return try quarantine.holds(identifier, in: QuarantineFolder(copy.folder))
            }
        }
    }

    /// Removes copies of which nobody was told. The server has the message, and it is kept anew when somebody wants it.
    static func undo(_ copies: [QuarantinedCopy], in quarantine: MessageQuarantine) {
        for copy in copies {
            if let identifier = QuarantineIdentifier(copy.identifier) { try? quarantine.delete(identifier) }
        }
    }
}
