// What people do to the quarantine, in the relay's audit log.
// Must not make a log: one that only root could write would keep the relay from writing its own.

import Audit
import Foundation
import Quarantine
import Relay
import SystemPackage

/// The audit log of the settings, if it is a file.
struct QuarantineLog {
    private let log: AuditLog?
    private let place: Place
    let person: String

    /// Opened before anything is changed, so that nothing is changed that can't be told.
    init(
        _ settings: Settings,
        person: String = NSUserName(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        place = settings.places["audit"]
        self.person = Person.name(person, environment: environment)
        guard let destination = try Self.destination(settings) else {
            log = nil
            return
        }
        do throws(AuditLogError) {
            log = try AuditLog(destination)
        } catch {
            let message = "the audit log can't be written, and nothing was changed: \(error)"
            throw Exit.saying(Finding(place, .error, message, "let this user write to it"), Exit.unavailable)
        }
    }

    /// Nil for what is no regular file. Only the relay rotates its file.
    private static func destination(_ settings: Settings) throws -> AuditLog.Destination? {
        guard let path = settings.audit.file, (try? Stat(FilePath(path)).type) == .regular else { return nil }
        do throws(UnreadableFile) {
            let chain = try settings.audit.chain()
            return .file(path: path, upkeep: chain.map { FileUpkeep(chain: $0, followsPath: true) })
        } catch {
            let message = "the key of the audit log's chain can't be read, and nothing was changed: \(error)"
            throw Exit.saying(Finding(settings.auditPlaces["chain-key"], .error, message, error.fix), Exit.unavailable)
        }
    }

    /// To be called before anybody can see what it tells; what is not told is not done.
    func record(_ event: AuditEvent) throws {
        guard let log else { return }
        // A limit of file sizes is a reason, not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        var lines = AuditLines()
        lines.append(event, at: WallClock.now())
        log.write(&lines)
        guard log.flush() else {
            let message = "the audit log can't be written, so this was not done"
            throw Exit.saying(Finding(place, .error, message, "make room on the disk"), Exit.notWritten)
        }
    }
}

extension AuditEvent.Expired {
    /// - Parameter person: nil for the relay itself
    init(_ expired: MessageQuarantine.Expired, by person: String? = nil) {
        self.init(messages: expired.identifiers.count, octets: expired.octets, person: person)
    }
}

extension AuditEvent.QuarantineChange {
    init(_ message: QuarantinedMessage, by person: String) {
        self.init(
            user: message.origin.user,
            upstream: message.origin.upstream,
            uidl: message.origin.uidl,
            copy: AuditCopy(folder: message.folder.name, identifier: "\(message.identifier)"),
            person: person
        )
    }
}
