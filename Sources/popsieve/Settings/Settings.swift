// Every setting with its default: what the settings file and the flags are turned into.
// Must not read files; SettingsReader does.

import NIOCore
import Relay

/// The settings as people write them. Paths are as they can be opened from the working directory.
struct Settings {
    var listeners = [Listener(host: "127.0.0.1", port: 1110)]
    /// In the order of the file.
    var upstreams: [Upstream] = []
    var routes: [Route] = []
    /// A directory of `*.sieve`; without it messages pass untouched.
    var rules: String?
    /// A file, or `-` for standard output.
    var audit = "-"
    var allowPlaintextLogin = false
    /// Commands unknown to POP3 that are passed on, upper case.
    var passThrough: [String] = []
    var lineEndings = RelayConfiguration.LineEndings.normalise
    var timeouts = RelayConfiguration.Timeouts()
    var limits = RelayLimits()
    var log = Log()

    struct Listener: Equatable {
        var host: String
        var port: Int
        var tls = RelayConfiguration.Encryption.none
        var certificate: String?
        var key: String?
        /// Where it stands in the file.
        var place: Place?
    }

    struct Upstream: Equatable {
        /// What routes and the audit log call it.
        var name: String
        var host: String
        /// 995 with implicit TLS, 110 otherwise.
        var port: Int
        var tls = RelayConfiguration.Encryption.implicit
        /// The name that the certificate must carry; the host's where it is nil.
        var certificateName: String?
        /// PEM file with the roots to trust; the system's where it is nil.
        var ca: String?
        var pin: String?
        var clientCertificate: String?
        var clientKey: String?
        var acceptAnyCertificate = false
        var place: Place?
    }

    struct Route: Equatable {
        var user: String
        var upstream: String
        var place: Place?
    }

    struct Log: Equatable {
        var level = Level.info
        var format = Format.text

        enum Level: String, CaseIterable {
            case debug, info, warning, error
        }

        enum Format: String, CaseIterable {
            case text, json
        }
    }

    /// A place in a file, for what is found later.
    struct Place: Equatable {
        var file: String
        var line: Int
        var column: Int
    }

    static let defaultFile = "popsieve.yaml"
}
