// Which relay a command is about: that of the settings, or the one whose socket is named.

import ArgumentParser
import Foundation

struct ControlOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "The settings file of the relay.", completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(help: ArgumentHelp("Its control socket; it wins over the settings.", valueName: "path"))
    var control: String?

    /// The relay's socket; where there is none, the place where it would be.
    func client() throws -> ControlClient {
        if let control { return ControlClient(path: control) }
        let loader = SettingsLoader(flags: SettingsFlags(config: config))
        let list = FindingList()
        let settings = loader.readSettings(list)
        // Settings that are wrong somewhere else still say where the relay is: it runs with the ones before.
        if settings.control == nil, settings.places.leavesOpen("control") || config != nil && loader.isUnreadable {
            FindingPrinter().print(list.findings)
            throw Exit.faulty(list.findings)
        }
        let named = settings.control.map { $0 == Settings.noControl ? [] : [$0] }
        let paths = named ?? ControlPlaces().ofOthers(settingsFile: loader.file)
        guard let best = paths.first(where: FileManager.default.fileExists(atPath:)) ?? paths.first else {
            let message = "the settings say that nobody steers this relay (control: none)"
            throw Exit.saying(Finding(settings.places["control"], .error, message, "name a socket"), Exit.unavailable)
        }
        return ControlClient(path: best)
    }
}

extension SettingsLoader {
    /// What was named is not there, or no settings file.
    fileprivate var isUnreadable: Bool { file.map { !FileManager.default.isReadableFile(atPath: $0) } ?? false }
}

extension Exit {
    /// Says why a relay can't be asked, or can't do what it was asked for.
    static func steering<Value>(_ client: ControlClient, _ body: () async throws -> Value) async throws -> Value {
        let place = Place(file: client.path)
        do {
            return try await body()
        } catch let error as ControlClient.Unreachable {
            throw saying(Finding(place, .error, error.message, error.fix), unavailable)
        } catch let fault as ControlFault {
            throw saying(Finding(.program, .error, fault.message, fault.fix), unavailable)
        }
    }
}
