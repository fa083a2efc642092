// What a person, or a program, is told of a new account.
// Must not show a password but the device's new one, once, and to a person.

import Audit
import Foundation
import Relay

extension AccountCommand.Add {
    func tell(_ before: AccountSettings, _ plan: AccountPlan, _ name: String, _ password: String?) throws {
        let place = DevicePlace(before.settings)
        let secret = password.map { "\n  password    \($0)" } ?? ""
        try StandardOutput.write(
            """
            \(name.printable) is set up. In the mail program or the device:

              protocol    POP3
              server      \(place.host), port \(place.port)
              encryption  \(place.encryption)
              user        \(name.printable)\(secret)
            \(password == nil ? "" : "\nThe password is shown this once; the settings have its hash.")

            """
        )
    }

    func tell(_ fault: ExaminationStep?, _ name: String, _ before: AccountSettings) throws {
        let config = before.file == Settings.defaultFile ? "" : " --config \(before.file)"
        let doctor = "popsieve doctor\(config) \(name.printable)"
        if let fault {
            return StandardError.write(
                "popsieve: warning: the mailbox does not open: \(fault.title): \(fault.text)\n"
                    + "All steps of the way: \(doctor)\n"
                    + "To take the account away again: popsieve account remove\(config) \(name.printable)\n"
            )
        }
        let opens = untried ? "Whether the mailbox opens, \(doctor) finds out." : "The mailbox opens."
        try StandardOutput.write(
            """
            \(opens) A relay that runs takes the account with popsieve reload\(config),
            else start one with popsieve serve\(config).

            """
        )
    }

    func tellAsJSON(
        _ before: AccountSettings,
        _ plan: AccountPlan,
        _ name: String,
        _ fault: ExaminationStep?
    ) throws {
        let place = DevicePlace(before.settings)
        let line = AddedLine(
            user: name,
            server: place.host,
            port: place.port,
            tls: place.tls,
            upstream: plan.server.host,
            opens: untried ? nil : fault == nil,
            fault: fault.map { "\($0.title): \($0.text)" }
        )
        try StandardOutput.write(JSONText.line(line) + "\n")
    }
}

/// Where devices find Popsieve.
private struct DevicePlace {
    let host: String
    let port: Int
    let tls: String

    init(_ settings: Settings) {
        let listener = settings.listeners.first
        let isAnywhere = ["0.0.0.0", "::"].contains(listener?.host)
        host = isAnywhere ? ProcessInfo.processInfo.hostName : listener?.host ?? "127.0.0.1"
        port = listener?.port ?? 1110
        tls = listener?.tls.rawValue ?? "none"
    }

    var encryption: String { ["none": "none", "implicit": "TLS (SSL)", "starttls": "STARTTLS"][tls] ?? tls }
}

/// The answer for programs.
private struct AddedLine: Encodable {
    let user: String
    let server: String
    let port: Int
    let tls: String
    let upstream: String
    /// Nil: it was not tried.
    let opens: Bool?
    let fault: String?
}
