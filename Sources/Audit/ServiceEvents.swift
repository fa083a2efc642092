// Payloads of the events that concern the relay as a whole: start, stop, and what was loaded.
// Must not hold anything of a session.

extension AuditEvent {
    /// Payload of ``serviceStarted(_:)``.
    package struct ServiceStarted: Sendable, Equatable {
        /// Popsieve's version.
        package var version: String
        /// The process's number.
        package var process: Int
        /// Where clients are accepted, as `address:port`, ports as the system chose them.
        package var listeners: [String]
        /// The upstreams' names.
        package var upstreams: [String]

        package init(version: String, process: Int, listeners: [String], upstreams: [String]) {
            self.version = version
            self.process = process
            self.listeners = listeners
            self.upstreams = upstreams
        }
    }

    /// Payload of ``serviceStopped(_:)``.
    package struct ServiceStopped: Sendable, Equatable {
        /// Why, such as `SIGTERM`.
        package var reason: String
        /// Sessions served since the start.
        package var sessions: Int
        /// Sessions that had to be cut off.
        package var cut: Int
        /// How long the service ran.
        package var milliseconds: Int

        package init(reason: String, sessions: Int, cut: Int, milliseconds: Int) {
            self.reason = reason
            self.sessions = sessions
            self.cut = cut
            self.milliseconds = milliseconds
        }
    }

    /// Payload of ``rulesLoaded(_:)``.
    package struct RulesLoaded: Sendable, Equatable {
        /// The rule files in the order they run.
        package var files: [String]
        /// How deep they look: `none`, `header`, `body` or `scan`.
        package var depth: String
        /// What is legal but surely wrong.
        package var warnings: [AuditDiagnostic]

        package init(files: [String], depth: String, warnings: [AuditDiagnostic] = []) {
            self.files = files
            self.depth = depth
            self.warnings = warnings
        }
    }

    /// Payload of ``settingsReloaded(_:)``.
    package struct SettingsReloaded: Sendable, Equatable {
        /// The settings file; nil where everything came by flags.
        package var file: String?
        /// What changed that no session shows: listeners that were opened or closed, where the audit log goes.
        package var changes: [String]

        package init(file: String?, changes: [String] = []) {
            self.file = file
            self.changes = changes
        }
    }

    /// Payload of ``storeFailed(_:)``.
    package struct StoreFailed: Sendable, Equatable {
        /// Where, what keeps it from working, and what to do.
        package var reason: [UInt8]

        package init(reason: [UInt8]) { self.reason = reason }
    }

    /// Payload of ``storeRecovered(_:)``.
    package struct StoreRecovered: Sendable, Equatable {
        /// What was not remembered since the start.
        package var forgotten: Int

        package init(forgotten: Int) { self.forgotten = forgotten }
    }

    /// Payload of ``tokenRefreshed(_:)``.
    package struct TokenRefreshed: Sendable, Equatable {
        /// As the settings call it.
        package var account: String
        /// How long the token counts.
        package var seconds: Int

        package init(account: String, seconds: Int) {
            self.account = account
            self.seconds = seconds
        }
    }

    /// Payload of ``tokenFailed(_:)``.
    package struct TokenFailed: Sendable, Equatable {
        package var account: String
        /// The provider's words, or what kept it from being asked.
        package var reason: String
        /// The command that mends it; nil where it passes by itself.
        package var remedy: String?

        package init(account: String, reason: String, remedy: String? = nil) {
            self.account = account
            self.reason = reason
            self.remedy = remedy
        }
    }

    /// Payload of ``certificatesReloaded(_:)``.
    package struct CertificatesReloaded: Sendable, Equatable {
        /// The certificate files that were read again.
        package var files: [String]

        package init(files: [String]) {
            self.files = files
        }
    }

    /// Payload of ``rulesRejected(_:)``, ``settingsRejected(_:)`` and ``certificatesRejected(_:)``.
    package struct Rejected: Sendable, Equatable {
        /// All faults that were found.
        package var diagnostics: [AuditDiagnostic]

        package init(diagnostics: [AuditDiagnostic]) {
            self.diagnostics = diagnostics
        }
    }
}
