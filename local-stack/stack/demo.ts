/** What `--demo` puts into a library without seats: ten students, sixty seats. Contract: shared/contracts/seats.md. */

export const DEMO_PASSWORD = "password123";

const STUDENTS = [
  "Alice Chen",
  "Bob Müller",
  "Carla Rossi",
  "Daniel Kim",
  "Elif Yılmaz",
  "Farid Haddad",
  "Grace Okafor",
  "Hugo Silva",
  "Ines Novak",
  "Jonas Berg",
] as const;

export const demoUsers = STUDENTS.map((name, index) => ({ login: `S${2_021_001 + index}`, name }));

const AREAS = ["Silent Study Zone", "Group Study Zone", "Computer Area"] as const;
const SEATS_PER_AREA = { "Main Library": 10, "Engineering Library": 5, "Business Library": 5 } as const;

/** Every other one has power; all in a computer area have a monitor, and every fifth elsewhere. */
export const demoSeats = Object.entries(SEATS_PER_AREA)
  .flatMap(([branch, count]) => AREAS.flatMap((area) => Array.from({ length: count }, () => ({ branch, area }))))
  .map(({ branch, area }, index) => ({
    id: index + 1,
    branch,
    area,
    has_power: index % 2 === 0,
    has_monitor: area === "Computer Area" || index % 5 === 0,
    maintenance: false,
  }));
