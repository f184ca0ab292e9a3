import Pods
import SystemPackage
struct Machine { let directories: Directories }
