# The runtime in the executable needs a processor with x86-64-v2 (about 2009 or later).
if [ -r /proc/cpuinfo ]; then
  flags=$(sed -n '/^flags[[:blank:]]*:/{s/.*://p;q}' /proc/cpuinfo)
  for flag in ssse3 sse4_1 sse4_2 popcnt; do
    case " $flags " in
      *" $flag "*) ;;
      *)
        echo "ipvsadm-ts was not installed: it needs x86-64-v2, and this processor has no $flag." >&2
        exit 1
        ;;
    esac
  done
fi
