# Runs job.sh, with its stdout and stderr on descriptors 3 and 4 or on the terminal, and writes its exit code to 5.
[ "$LAB_IPVS" = no ] || modprobe ip_vs
ip link set lo up
echo lab >/proc/sys/kernel/hostname

if [ "$LAB_TERMINAL" = yes ] && [ -n "$LAB_CONSOLE" ]; then
  # A session of its own on the console, so that job control works.
  stty sane rows "$LAB_ROWS" cols "$LAB_COLUMNS" <"$LAB_CONSOLE"
  setsid --ctty --wait sh "$LAB/job.sh" <"$LAB_CONSOLE" >"$LAB_CONSOLE" 2>&1
  code=$?
  copiers=
elif [ "$LAB_TERMINAL" = yes ]; then
  sh "$LAB/job.sh"
  code=$?
  copiers=
else
  # Through pipes: a program that writes to a console would take it for a terminal.
  mkfifo /run/lab/stdout /run/lab/stderr
  cat /run/lab/stdout >&3 & copiers=$!
  cat /run/lab/stderr >&4 & copiers="$copiers $!"
  sh "$LAB/job.sh" </dev/null >/run/lab/stdout 2>/run/lab/stderr 3>&- 4>&- 5>&-
  code=$?
fi

# Processes that the program has left running hold the pipes open, and must end before the lab does.
for process in /proc/[0-9]*; do
  case " 1 $$ $copiers " in
    *" ${process#/proc/} "*) ;;
    *) kill -KILL "${process#/proc/}" ;;
  esac
done 2>/dev/null
[ -z "$copiers" ] || wait $copiers
echo "$code" >&5
